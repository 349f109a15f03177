pragma Singleton
// The theme, as the text of answers is drawn with it.
import QtQuick
import Alcove.Controls
import Alcove.Markdown

MarkdownStyle {
    ink: Theme.ink
    muted: Theme.muted
    line: Theme.line
    accent: Theme.accent
    softAccent: Theme.softAccent
    inkOnAccent: Theme.accentInk
    warning: Theme.warning
    code: Theme.code
    selection: Theme.selection
    tokens: Theme.codeColors
    family: Theme.family
    figuresFamily: Theme.figuresFamily
    monoFamily: Theme.monoFamily
    readingSize: Theme.readingSize
    readingLine: Theme.readingLine
    tableSize: Theme.listSize
    noteSize: Theme.noteSize
    codeSize: Theme.codeSize
    headingSizes: Theme.headingSizes
    titleTracking: Theme.titleTracking
}
