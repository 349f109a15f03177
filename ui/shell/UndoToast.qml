// A deleted conversation can be had back for a while.
import QtQuick
import Alcove.Chat
import Alcove.Controls

Toast {
    id: root

    required property ChatList chats
    property double removed: 0
    signal restored(double conversation)

    onActionTriggered: {
        chats.restore(removed);
        restored(removed);
    }

    Connections {
        target: root.chats
        function onRemoved(conversation: double, title: string): void {
            root.removed = conversation;
            root.show(qsTr("“%1” was deleted").arg(title), qsTr("Undo"));
        }
    }
}
