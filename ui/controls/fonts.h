#pragma once

namespace alcove::ui {

/// Registers the bundled fonts and makes Inter, 14 pixels, the font of the application. Call it
/// after QGuiApplication is made and before the first item is. Returns how many of the fonts could
/// not be registered: 0, unless the program is damaged.
int loadFonts();

}  // namespace alcove::ui
