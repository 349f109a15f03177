#pragma once
// A text that is still being written ends anywhere: within **bold, in a link, after the first line
// of a table. Shown as it is it would flicker: marks appear, and vanish with the next token. So
// what is open at the end is closed, and what may still become anything is held back.
#include "ui/markdown/prepared_text.h"

namespace alcove::ui {

void closeOpenMarkup(PreparedText& text);

}  // namespace alcove::ui
