#include "ui/controls/fonts.h"

#include <QFont>
#include <QFontDatabase>
#include <QGuiApplication>
#include <array>

namespace alcove::ui {
namespace {

constexpr std::array kFiles = {
    ":/alcove/fonts/Inter-Regular.otf",          ":/alcove/fonts/Inter-Medium.otf",
    ":/alcove/fonts/Inter-SemiBold.otf",         ":/alcove/fonts/Inter-Italic.otf",
    ":/alcove/fonts/Inter-SemiBoldItalic.otf",   ":/alcove/fonts/InterTabular-Regular.otf",
    ":/alcove/fonts/InterTabular-Medium.otf",    ":/alcove/fonts/JetBrainsMono-Regular.ttf",
    ":/alcove/fonts/JetBrainsMono-SemiBold.ttf",
};

}  // namespace

int loadFonts() {
    int missing = 0;
    for (const char* file : kFiles)
        if (QFontDatabase::addApplicationFont(QString::fromLatin1(file)) < 0) ++missing;
    // Who asks for the fonts by their usual names gets them too, where the system has none of its
    // own.
    QFont::insertSubstitution(QStringLiteral("Inter"), QStringLiteral("Inter Alcove"));
    QFont::insertSubstitution(QStringLiteral("JetBrains Mono"),
                              QStringLiteral("JetBrains Mono Alcove"));
    QFont font(QStringLiteral("Inter Alcove"));
    font.setPixelSize(14);
    // Letters keep their shapes and distances at every size and scale.
    font.setHintingPreference(QFont::PreferNoHinting);
    QGuiApplication::setFont(font);
    return missing;
}

}  // namespace alcove::ui
