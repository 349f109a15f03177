#pragma once
// Runs as the HTML that other programs take from the clipboard, and as Qt's rich text.
#include "ui/markdown/block.h"

namespace alcove::ui {

/// "#rrggbb"; an empty one leaves the colour to the reader.
struct RichTextColors {
    QString link;
    QString code;
    QString codeGround;
    QString unsupported;
};

QString toRichText(const Runs& runs, const RichTextColors& colors = {});
/// As Markdown would have them, without the marks of emphasis.
QString toPlainText(const Runs& runs);

}  // namespace alcove::ui
