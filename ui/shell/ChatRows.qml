// The conversations, with what can be done to each.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Alcove.Chat
import Alcove.Controls

ListView {
    id: root

    required property ChatList chats
    required property double current
    property double renaming: 0
    signal chosen(double conversation)

    function rename(conversation: double, name: string): void {
        renaming = 0;
        chats.rename(conversation, name);
    }
    function handle(event: KeyEvent, conversation: double): void {
        event.accepted = event.key === Qt.Key_F2 || event.key === Qt.Key_Delete;
        if (event.key === Qt.Key_F2) renaming = conversation;
        if (event.key === Qt.Key_Delete) chats.remove(conversation);
    }

    model: chats
    clip: true
    boundsBehavior: Flickable.StopAtBounds
    T.ScrollBar.vertical: Scroller {}
    Accessible.role: Accessible.List
    Accessible.name: chats.archive ? qsTr("Archived chats") : qsTr("Chats")

    delegate: Column {
        id: row

        required property double conversation
        required property string title
        required property string heading
        required property bool pinned

        width: ListView.view.width

        SectionLabel {
            width: parent.width
            visible: row.heading !== ""
            text: row.heading
        }
        SidebarItem {
            id: item
            width: parent.width
            text: row.title
            current: row.conversation === root.current
            editing: row.conversation === root.renaming
            onClicked: root.chosen(row.conversation)
            onDoubleClicked: root.renaming = row.conversation
            onRenamed: name => root.rename(row.conversation, name)
            onRenameCancelled: root.renaming = 0
            onMenuRequested: menu.openFor(item, row.conversation, row.pinned)
            Keys.onPressed: event => root.handle(event, row.conversation)
        }
    }
    ChatMenu {
        id: menu
        chats: root.chats
        onRenameRequested: conversation => root.renaming = conversation
    }
}
