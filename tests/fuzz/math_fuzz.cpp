// Any text as a formula: it is refused with a reason, or laid out with a size, and painted.
#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "ui/math/math.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    static QGuiApplication application(*argc, *argv);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const QString tex = QString::fromUtf8(reinterpret_cast<const char*>(data + 1),
                                          static_cast<qsizetype>(size - 1));
    QString mistake;
    const auto picture = alcove::ui::layoutMath(tex, data[0] & 1, 15, Qt::black, &mistake);
    if (!picture) {
        if (mistake.isEmpty()) __builtin_trap();
        return 0;
    }
    const QSizeF room = picture->size();
    if (!(room.width() >= 0) || !(room.height() >= 0) || !std::isfinite(room.width()) ||
        !std::isfinite(room.height()))
        __builtin_trap();
    static QImage image(64, 64, QImage::Format_RGB32);
    QPainter painter(&image);
    picture->paint(painter, {});
    return 0;
}
