// What can be done to a conversation in the sidebar.
pragma ComponentBehavior: Bound
import QtQuick
import Alcove.Chat
import Alcove.Controls

MenuPanel {
    id: root

    required property ChatList chats
    property double conversation: 0
    property bool pinned: false
    signal renameRequested(double conversation)

    function openFor(row: Item, chosen: double, isPinned: bool): void {
        conversation = chosen;
        pinned = isPinned;
        popup(row, row.width / 2, row.height);
    }

    MenuEntry {
        icon.name: "edit"
        text: qsTr("Rename")
        shortcutText: "F2"
        onTriggered: root.renameRequested(root.conversation)
    }
    MenuEntry {
        icon.name: "pin"
        text: root.pinned ? qsTr("Unpin") : qsTr("Pin to the top")
        onTriggered: root.chats.setPinned(root.conversation, !root.pinned)
    }
    MenuEntry {
        icon.name: "archive"
        text: root.chats.archive ? qsTr("Back to the chats") : qsTr("Archive")
        onTriggered: root.chats.setArchived(root.conversation, !root.chats.archive)
    }
    MenuEntry {
        icon.name: "trash"
        grave: true
        text: qsTr("Delete")
        shortcutText: qsTr("Del")
        onTriggered: root.chats.remove(root.conversation)
    }
    MenuEntry {
        icon.name: "history"
        text: qsTr("Show archived chats")
        visible: !root.chats.archive
        onTriggered: root.chats.archive = true
    }
}
