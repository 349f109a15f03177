import QtQuick
import Alcove.Markdown

TableSheet {
    id: table

    required property var row

    style: Look
    block: row.block
    openCitation: row.openCitation
    onLinkActivated: url => row.linkActivated(url)
    onCitationActivated: number => row.citationActivated(number)
    onCitationHovered: (number, where) => row.citationHovered(number, mapToItem(row, where))
    activeFocusOnTab: contentWidth > width
    Accessible.role: Accessible.Table
    Accessible.name: plainText

    Loader {
        active: table.links.length > 0
        Component.onCompleted: setSource("LinkStops.qml", {sheet: table})
    }

    Loader {
        anchors.fill: parent
        active: table.contentWidth > table.width
        Component.onCompleted: setSource("SideScroll.qml", {sheet: table})
    }
}
