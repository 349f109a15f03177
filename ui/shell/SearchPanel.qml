// Finds chats as one types (Ctrl K).
import QtQuick
import QtQuick.Templates as T
import Alcove.Chat
import Alcove.Controls

Popover {
    id: root

    required property ChatSearch search
    signal chosen(double conversation)

    function take(conversation: double): void {
        close();
        chosen(conversation);
    }

    parent: T.Overlay.overlay
    modal: true
    x: parent ? (parent.width - width) / 2 : 0
    y: parent ? Math.min(Theme.gapHuge * 2, parent.height / 8) : 0
    width: parent ? Math.min(Theme.readingWidth, parent.width - 2 * Theme.gapMedium) : 0
    height: Math.min(implicitHeight, parent ? parent.height - 2 * y : implicitHeight)
    onClosed: search.typed = ""
    contentItem: SearchBody {
        search: root.search
        shown: root.visible
        onChosen: conversation => root.take(conversation)
    }
}
