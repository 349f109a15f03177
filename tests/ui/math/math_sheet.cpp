// math_sheet OUT.png [SIZE] [dark] [SCALE] [FIRST COUNT]: draws the formulas of formulas.h, to be
// looked at by whoever changes the layout.
#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <algorithm>
#include <cstdio>
#include <iterator>

#include "tests/ui/math/formulas.h"
#include "ui/math/math.h"

int main(int argc, char** argv) {
    QGuiApplication application(argc, argv);
    const QStringList given = application.arguments();
    const double size = given.value(2, QStringLiteral("30")).toDouble();
    const bool dark = given.contains(QStringLiteral("dark"));
    const double scale = given.value(4, QStringLiteral("1")).toDouble();
    const int first = given.value(5, QStringLiteral("0")).toInt();
    const int count = given.value(6, QStringLiteral("1000")).toInt();
    const int width = 1400;
    QImage sheet(QSize(width, 6000) * scale, QImage::Format_RGB32);
    sheet.setDevicePixelRatio(scale);
    sheet.fill(QColor(dark ? 0x1B1C1E : 0xFAF9F7));
    QPainter painter(&sheet);
    double x = 20, y = 20, line = 0;
    const int last = std::min<int>(static_cast<int>(std::size(kFormulas)), first + count);
    for (int i = first; i < last; ++i) {
        QString mistake;
        const auto picture = alcove::ui::layoutMath(kFormulas[i], true, size,
                                                    QColor(dark ? 0xE8E6E1 : 0x1F2328), &mistake);
        if (!picture) {
            std::fprintf(stderr, "%d: %s\n", i, qPrintable(mistake));
            continue;
        }
        if (x + picture->size().width() > width - 20) {
            x = 20;
            y += line + size;
            line = 0;
        }
        picture->paint(painter, QPointF(x, y));
        x += picture->size().width() + 2 * size;
        line = std::max(line, picture->size().height());
    }
    painter.end();
    const QRect used(0, 0, static_cast<int>(width * scale),
                     static_cast<int>((y + line + 20) * scale));
    return sheet.copy(used).save(given.value(1)) ? 0 : 1;
}
