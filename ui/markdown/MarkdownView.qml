pragma ComponentBehavior: Bound
// An answer. Give it a width; its height follows. It opens nothing by itself.
import QtQuick
import Alcove.Markdown

Column {
    id: view

    required property MarkdownModel content
    /// The citation whose passage is shown; 0: none.
    property int openCitation: 0

    signal linkActivated(url: string)
    signal citationActivated(number: int)
    /// Where in this item; number 0: none any more.
    signal citationHovered(number: int, where: rect)

    Repeater {
        model: view.content
        delegate: BlockRow {
            id: row
            width: view.width
            openCitation: view.openCitation
            onLinkActivated: url => view.linkActivated(url)
            onCitationActivated: number => view.citationActivated(number)
            onCitationHovered: (number, where) => view.citationHovered(number, row.mapToItem(view, where))
        }
    }
}
