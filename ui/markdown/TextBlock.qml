// A paragraph, heading, item, quote or displayed formula.
import QtQuick
import Alcove.Markdown

TextSheet {
    id: paragraph

    required property var row

    style: Look
    block: row.block
    openCitation: row.openCitation
    onLinkActivated: url => row.linkActivated(url)
    onCitationActivated: number => row.citationActivated(number)
    onCitationHovered: (number, where) => row.citationHovered(number, mapToItem(row, where))
    Accessible.role: row.block.level > 0 ? Accessible.Heading : Accessible.StaticText
    Accessible.name: plainText

    Loader {
        active: paragraph.links.length > 0
        Component.onCompleted: setSource("LinkStops.qml", {sheet: paragraph})
    }
}
