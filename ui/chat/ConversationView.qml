// The messages, from the first to the last. While one is at the end the view follows what comes.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Alcove.Chat
import Alcove.Controls

ListView {
    id: root

    required property Chat chat
    property bool following: true
    readonly property real column: Math.min(Theme.readingWidth, width - 2 * Theme.gapLarge)
    signal linkActivated(string link)

    function follow(): void {
        if (following) positionViewAtEnd();
    }

    model: chat.messages
    clip: true
    spacing: Theme.gapLarge
    topMargin: Theme.gapMedium
    boundsBehavior: Flickable.StopAtBounds
    reuseItems: false
    cacheBuffer: 800
    T.ScrollBar.vertical: Scroller {}
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Conversation")

    onContentHeightChanged: follower.restart()
    onHeightChanged: follower.restart()
    onMovementEnded: following = atYEnd
    onModelChanged: following = true
    Timer {
        id: follower
        interval: 0
        onTriggered: root.follow()
    }
    Connections {
        target: root.chat
        function onConversationChanged(): void {
            root.following = true;
            follower.restart();
        }
        function onBusyChanged(): void {
            if (root.chat.busy) root.following = true;
            follower.restart();
        }
    }

    delegate: Item {
        id: row

        required property int index
        required property bool fromUser
        required property string text
        required property string thought
        required property string thoughtLine
        required property bool growing
        required property string error
        required property string note
        required property int version
        required property int versions
        required property int rating
        required property string speed

        width: ListView.view.width
        implicitHeight: childrenRect.height + (index === root.count - 1 ? Theme.gapLarge : 0)

        Repeater {
            model: row.fromUser ? 1 : 0
            delegate: Question {
                x: (row.width - width) / 2
                width: root.column
                text: row.text
                version: row.version
                versions: row.versions
                editable: !root.chat.busy
                onEdited: text => root.chat.edit(row.index, text)
                onCopied: root.chat.copy(row.index)
                onVersionChosen: version => root.chat.showVersion(row.index, version)
            }
        }
        Repeater {
            model: row.fromUser ? 0 : 1
            delegate: Answer {
                x: (row.width - width) / 2
                width: root.column
                text: row.text
                thought: row.thought
                thoughtLine: row.thoughtLine
                growing: row.growing
                error: row.error
                note: row.note
                version: row.version
                versions: row.versions
                rating: row.rating
                speed: row.speed
                last: row !== null && row.index === root.count - 1
                editable: !root.chat.busy
                onCopied: root.chat.copy(row.index)
                onRetried: root.chat.retry(row.index)
                onRated: rating => root.chat.rate(row.index, rating)
                onVersionChosen: version => root.chat.showVersion(row.index, version)
                onLinkActivated: link => root.linkActivated(link)
            }
        }
    }
}
