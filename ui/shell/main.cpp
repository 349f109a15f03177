// alcove: the window.
//
//   alcove            on this user's conversations, models and settings
//   alcove --fake     with scripted answers and settings that are not kept, to look at the pages;
//                     nor are conversations, unless ALCOVE_CONVERSATIONS names a file
#include <QCommandLineParser>
#include <QGuiApplication>
#include <QQmlApplicationEngine>
#include <QQuickStyle>
#include <QTemporaryDir>
#include <iostream>
#include <memory>

#include "app/assistant/engine_partner.h"
#include "app/assistant/script_partner.h"
#include "ui/controls/fonts.h"
#include "ui/shell/context.h"

namespace {
using namespace alcove;

struct Place {
    std::filesystem::path conversations;
    app::SettingsFile settings;
};

Result<Place> placeOf(const QTemporaryDir* folder) {
    if (folder) {
        const std::filesystem::path path = folder->path().toStdString();
        const bool named = qEnvironmentVariableIsSet("ALCOVE_CONVERSATIONS");
        return Place{named ? app::conversationsFile() : path / "conversations.db",
                     app::SettingsFile(path / "settings.json")};
    }
    ALCOVE_TRY(app::SettingsFile settings, app::SettingsFile::ofUser());
    return Place{app::conversationsFile(), std::move(settings)};
}

Result<std::unique_ptr<ui::Context>> makeContext(const QTemporaryDir* fake) {
    ALCOVE_TRY(Place place, placeOf(fake));
    ALCOVE_TRY(std::unique_ptr<app::ConversationStore> store,
               app::ConversationStore::open(place.conversations));
    std::unique_ptr<app::Partner> partner;
    if (fake)
        partner = std::make_unique<app::ScriptPartner>();
    else
        partner = std::make_unique<app::EnginePartner>(place.settings);
    return std::make_unique<ui::Context>(std::move(partner), std::move(store),
                                         std::move(place.settings));
}

}  // namespace

int main(int argc, char** argv) {
    QGuiApplication::setApplicationName(QStringLiteral("Alcove"));
    QGuiApplication::setApplicationVersion(QStringLiteral(ALCOVE_VERSION));
    QGuiApplication application(argc, argv);
    alcove::ui::loadFonts();
    QQuickStyle::setStyle(QStringLiteral("Basic"));

    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("A private assistant: nothing leaves this computer unless you say so."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption fake(
        QStringLiteral("fake"),
        QStringLiteral("scripted answers and settings of its own, to look at pages"));
    parser.addOption(fake);
    parser.process(application);

    std::unique_ptr<QTemporaryDir> folder;
    if (parser.isSet(fake)) folder = std::make_unique<QTemporaryDir>();
    const Result<std::unique_ptr<ui::Context>> context = makeContext(folder.get());
    if (!context) {
        std::cerr << context.message() << '\n';
        return 1;
    }
    QQmlApplicationEngine engine;
    engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
    engine.setInitialProperties({{QStringLiteral("context"), QVariant::fromValue(context->get())}});
    engine.load(QUrl(QStringLiteral("qrc:/qt/qml/Alcove/Shell/Window.qml")));
    if (engine.rootObjects().isEmpty()) return 1;
    return QGuiApplication::exec();
}
