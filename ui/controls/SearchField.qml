// A field to search with. Escape clears it; when it is empty, Escape is for whom it stands in.
import QtQuick

TextInputField {
    id: root

    readonly property real startPadding: Theme.gap + glass.width + Theme.gapSmall
    readonly property real endPadding: Theme.gapSmall + eraser.width
    signal cleared

    function clearSearch(): void {
        clear();
        cleared();
    }

    placeholderText: qsTr("Search")
    leftPadding: LayoutMirroring.enabled ? endPadding : startPadding
    rightPadding: LayoutMirroring.enabled ? startPadding : endPadding
    Keys.onEscapePressed: event => {
        event.accepted = length > 0;
        if (event.accepted) clearSearch();
    }

    Icon {
        id: glass
        anchors.left: parent.left
        anchors.leftMargin: Theme.gap
        anchors.verticalCenter: parent.verticalCenter
        name: "search"
        color: Theme.muted
    }
    IconButton {
        id: eraser
        anchors.right: parent.right
        anchors.rightMargin: Theme.gapTiny
        anchors.verticalCenter: parent.verticalCenter
        visible: root.length > 0
        icon.name: "close"
        text: qsTr("Clear the search")
        onClicked: root.clearSearch()
    }
}
