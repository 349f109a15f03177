// All that the keyboard does.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Alcove.Controls

ColumnLayout {
    id: root

    spacing: Theme.gapSmall

    Heading {
        text: qsTr("Keys")
        Layout.bottomMargin: Theme.gapTiny
    }
    Repeater {
        model: [
            {keys: qsTr("Ctrl N"), what: qsTr("New chat")},
            {keys: qsTr("Ctrl K"), what: qsTr("Search in all chats")},
            {keys: qsTr("Enter"), what: qsTr("Ask")},
            {keys: qsTr("Shift Enter"), what: qsTr("A new line in the question")},
            {keys: qsTr("Esc"), what: qsTr("Stop the answer")},
            {keys: "F2", what: qsTr("Rename the chat in the sidebar")},
            {keys: qsTr("Del"), what: qsTr("Delete the chat in the sidebar")},
            {keys: qsTr("Ctrl +, Ctrl −, Ctrl 0"), what: qsTr("Larger, smaller, usual text")},
            {keys: qsTr("Ctrl B"), what: qsTr("Show the chats in a narrow window")},
            {keys: qsTr("Ctrl ,"), what: qsTr("Settings")},
            {keys: qsTr("Ctrl Q"), what: qsTr("Quit")}]
        delegate: RowLayout {
            id: row
            required property var modelData
            spacing: Theme.gapMedium
            Note {
                Layout.preferredWidth: Theme.panelWidth / 2
                text: row.modelData.keys
                font: Theme.mediumNoteFont
            }
            Body {
                Layout.fillWidth: true
                text: row.modelData.what
            }
        }
    }
}
