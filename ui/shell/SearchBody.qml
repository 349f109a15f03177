// What is typed, and what it finds.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Alcove.Chat
import Alcove.Controls

FocusScope {
    id: root

    required property ChatSearch search
    property bool shown: false
    /// Enter was pressed before what was typed is found.
    property bool hurried: false
    signal chosen(double conversation)

    function submit(): void {
        hurried = search.waiting;
        if (!hurried) take(hits.currentIndex);
    }
    function take(row: int): void {
        const conversation = search.conversationAt(row);
        if (conversation !== 0) chosen(conversation);
    }
    function found(): void {
        hits.currentIndex = hits.count > 0 ? 0 : -1;
        if (hurried && !search.waiting) submit();
    }

    implicitHeight: column.implicitHeight
    onShownChanged: {
        hurried = false;
        if (shown) field.forceActiveFocus();
    }
    Connections {
        target: root.search
        function onCountChanged(): void {
            root.found();
        }
    }
    ColumnLayout {
        id: column
        anchors.fill: parent
        spacing: Theme.gapSmall

        SearchField {
            id: field
            Layout.fillWidth: true
            focus: true
            placeholderText: qsTr("Search in all chats")
            text: root.search.typed
            onTextChanged: root.search.typed = text
            onAccepted: root.submit()
            Keys.onDownPressed: hits.incrementCurrentIndex()
            Keys.onUpPressed: hits.decrementCurrentIndex()
        }
        ListView {
            id: hits
            Layout.fillWidth: true
            Layout.preferredHeight: Math.min(contentHeight, 12 * Theme.controlHeight)
            visible: count > 0
            model: root.search
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            T.ScrollBar.vertical: Scroller {}
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Found")
            delegate: SearchHit {
                width: ListView.view.width
                onClicked: root.take(index)
            }
        }
        Note {
            visible: root.search.nothing
            text: qsTr("Nothing was found.")
        }
    }
}
