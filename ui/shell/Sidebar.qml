// New chat, search, the chats by day, settings, and the promise.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Alcove.Controls
import Alcove.Shell

Rectangle {
    id: root

    required property Context context
    required property bool settingsShown
    signal chosen(double conversation)
    signal searchRequested
    signal settingsRequested

    color: Theme.sidebar
    Accessible.role: Accessible.Pane
    Accessible.name: qsTr("Chats")

    Rectangle {
        anchors.right: parent.right
        width: Theme.hairline
        height: parent.height
        color: Theme.line
    }
    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.gapSmall
        anchors.rightMargin: Theme.gapSmall + Theme.hairline
        spacing: Theme.gapTiny / 2

        RowLayout {
            Layout.leftMargin: Theme.gapSmall
            Layout.preferredHeight: Theme.controlHeight
            spacing: Theme.gapSmall
            Icon {
                name: "logo"
                color: Theme.accent
                size: Theme.iconSize * 1.25
            }
            Heading {
                Layout.fillWidth: true
                text: "Alcove"
            }
        }
        CardButton {
            Layout.fillWidth: true
            Layout.leftMargin: Theme.gapTiny
            Layout.rightMargin: Theme.gapTiny
            icon.name: "new"
            text: qsTr("New chat")
            note: qsTr("Ctrl N")
            onClicked: root.chosen(0)
        }
        SidebarItem {
            Layout.fillWidth: true
            Layout.topMargin: Theme.gapTiny
            icon.name: "search"
            text: qsTr("Search")
            note: qsTr("Ctrl K")
            quiet: true
            onClicked: root.searchRequested()
        }
        ChatRows {
            Layout.fillWidth: true
            Layout.fillHeight: true
            chats: root.context.chats
            current: root.settingsShown ? 0 : root.context.chat.conversation
            onChosen: conversation => root.chosen(conversation)
        }
        Banner {
            Layout.fillWidth: true
            visible: root.context.chats.problem !== ""
            text: root.context.chats.problem
        }
        SidebarItem {
            Layout.fillWidth: true
            visible: root.context.chats.archive
            icon.name: "archive"
            text: qsTr("Back to the chats")
            onClicked: root.context.chats.archive = false
        }
        SidebarItem {
            Layout.fillWidth: true
            icon.name: "settings"
            text: qsTr("Settings")
            current: root.settingsShown
            onClicked: root.settingsRequested()
        }
        RowLayout {
            Layout.leftMargin: Theme.gap
            Layout.preferredHeight: Theme.controlHeight
            spacing: Theme.gapSmall
            Rectangle {
                implicitWidth: Theme.gapSmall - 1
                implicitHeight: implicitWidth
                radius: width / 2
                color: Theme.accent
            }
            Note {
                Layout.fillWidth: true
                text: qsTr("Everything stays on this computer")
            }
        }
    }
}
