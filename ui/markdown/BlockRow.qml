// One block at its place: below the one before, within its lists and quotes. Its parts are files that
// get this row: the Loader of Qt 6.4 refuses bound components.
import QtQuick
import Alcove.Controls
import Alcove.Markdown

Item {
    id: row

    required property int kind
    required property int space
    required property int sharedQuotes
    required property var block
    property int openCitation: 0

    signal linkActivated(url: string)
    signal citationActivated(number: int)
    signal citationHovered(number: int, where: rect)

    readonly property int deepest: 8
    readonly property real above: [0, Theme.gapTiny, Theme.paragraphGap, Theme.gapLarge][space]
    readonly property int quotes: Math.min(block.quoteDepth, deepest)
    readonly property real outerIndent: Math.min(block.quoteInset, deepest) * Theme.listIndent
    readonly property real indent: Math.min(block.listDepth, deepest) * Theme.listIndent + quotes * Theme.gapMedium
    readonly property bool mirrored: (body.item as TextBlock)?.rightToLeft ?? false
    /// By kind; all others are text.
    readonly property var files: ({[MarkdownModel.Code]: "CodeBlock.qml", [MarkdownModel.Table]: "TableBlock.qml", [MarkdownModel.Rule]: "RuleBlock.qml"})

    implicitHeight: above + body.height

    Loader {
        active: row.quotes > 0
        Component.onCompleted: setSource("QuoteBars.qml", {row: row})
    }

    Loader {
        active: row.block.isItem
        x: row.mirrored ? row.width - row.indent + Theme.gapSmall : row.indent - width - Theme.gapSmall
        y: row.above
        Component.onCompleted: setSource("ItemMark.qml", {row: row})
    }

    Loader {
        id: body
        x: row.mirrored ? 0 : row.indent
        y: row.above
        width: Math.max(0, row.width - row.indent)
        Component.onCompleted: setSource(row.files[row.kind] ?? "TextBlock.qml", {row: row})
    }
}
