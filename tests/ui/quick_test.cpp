// Runs the tst_*.qml of a folder with the window's modules and fonts.
#include <QQmlEngine>
#include <QtQuickTest>

#include "ui/controls/fonts.h"

class Setup : public QObject {
    Q_OBJECT

public slots:
    void applicationAvailable() { alcove::ui::loadFonts(); }
    void qmlEngineAvailable(QQmlEngine* engine) {
        engine->addImportPath(QStringLiteral("qrc:/qt/qml"));
    }
};

QUICK_TEST_MAIN_WITH_SETUP(alcove, Setup)

#include "quick_test.moc"
