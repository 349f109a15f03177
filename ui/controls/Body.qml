// The text of lists and settings. (Qt's Label would not let a heading say that it is one.)
import QtQuick

Text {
    color: Theme.ink
    linkColor: Theme.accent
    font: Theme.bodyFont
    textFormat: Text.PlainText
    elide: Text.ElideRight
    // At the start of the line, wherever that is; not where the letters of a name would have it.
    horizontalAlignment: Text.AlignLeft
    Accessible.role: Accessible.StaticText
    Accessible.name: text
}
