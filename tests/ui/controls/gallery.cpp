// Draws every control in one picture, for those who design.
//
//     gallery FOLDER      saves light.png, dark.png, contrast.png, large.png, rtl.png, icons.png
//
// QT_QPA_PLATFORM=offscreen draws without a screen, QT_SCALE_FACTOR=2 with twice the pixels.
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QQmlEngine>
#include <QQuickItem>
#include <QQuickView>
#include <QTextStream>

#include "ui/controls/fonts.h"
#include "ui/controls/icon_shape.h"

namespace {

struct Picture {
    const char* name;
    const char* page;
    bool dark = false;
    bool contrast = false;
    double scale = 1;
    bool mirrored = false;
};

bool save(const Picture& picture, const QString& folder) {
    QGuiApplication::setLayoutDirection(picture.mirrored ? Qt::RightToLeft : Qt::LeftToRight);
    QQuickView view;
    view.engine()->addImportPath(QStringLiteral("qrc:/qt/qml"));
    view.setInitialProperties({{QStringLiteral("dark"), picture.dark},
                               {QStringLiteral("contrast"), picture.contrast},
                               {QStringLiteral("textScale"), picture.scale},
                               {QStringLiteral("mirrored"), picture.mirrored},
                               {QStringLiteral("iconNames"), alcove::ui::IconShape::names()}});
    view.setSource(QUrl::fromLocalFile(QStringLiteral(GALLERY_FOLDER "/") +
                                       QString::fromLatin1(picture.page)));
    if (view.status() != QQuickView::Ready) return false;
    view.show();
    view.requestActivate();
    QGuiApplication::processEvents();
    if (view.rootObject()->metaObject()->indexOfMethod("begin()") >= 0)
        QMetaObject::invokeMethod(view.rootObject(), "begin");
    QElapsedTimer since;
    since.start();
    while (since.elapsed() < 700) QGuiApplication::processEvents(QEventLoop::AllEvents, 50);
    return view.grabWindow().save(folder + QLatin1Char('/') + QString::fromLatin1(picture.name) +
                                  QStringLiteral(".png"));
}

}  // namespace

int main(int argc, char** argv) {
    QElapsedTimer since;
    since.start();
    QGuiApplication application(argc, argv);
    const qint64 started = since.nsecsElapsed();
    const int missing = alcove::ui::loadFonts();
    QTextStream(stdout) << "application " << double(started) / 1e6 << " ms, fonts "
                        << double(since.nsecsElapsed() - started) / 1e6 << " ms, " << missing
                        << " missing\n";
    const QString folder = QCoreApplication::arguments().value(1, QStringLiteral("."));
    const Picture pictures[] = {
        {.name = "light", .page = "Gallery.qml"},
        {.name = "dark", .page = "Gallery.qml", .dark = true},
        {.name = "contrast", .page = "Gallery.qml", .contrast = true},
        {.name = "contrast-dark", .page = "Gallery.qml", .dark = true, .contrast = true},
        {.name = "large", .page = "Gallery.qml", .scale = 1.6},
        {.name = "rtl", .page = "Gallery.qml", .mirrored = true},
        {.name = "icons", .page = "IconSheet.qml"},
    };
    for (const Picture& picture : pictures)
        if (!save(picture, folder)) return 1;
    return 0;
}
