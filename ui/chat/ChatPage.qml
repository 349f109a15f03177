// The conversation, or what one sees before there is one.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Alcove.Chat
import Alcove.Controls

FocusScope {
    id: root

    required property Chat chat
    readonly property bool begun: chat.conversation !== 0 || view.count > 0
    readonly property real column: Math.min(Theme.readingWidth, width - 2 * Theme.gapLarge)
    signal linkActivated(string link)

    function focusField(): void {
        composer.focusField();
    }

    RowLayout {
        id: header
        anchors.top: parent.top
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.leftMargin: Theme.gapLarge
        anchors.rightMargin: Theme.gapLarge
        height: root.begun ? Theme.headerHeight : 0
        visible: root.begun
        spacing: Theme.gapMedium

        Heading {
            Layout.fillWidth: true
            text: root.chat.title
        }
        Note {
            text: root.chat.contextUsed
            font: Theme.figuresNoteFont
        }
    }
    ConversationView {
        id: view
        anchors.top: header.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.bottom: composer.top
        visible: root.begun
        chat: root.chat
        onLinkActivated: link => root.linkActivated(link)
    }
    Column {
        id: welcome
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.bottom: composer.top
        anchors.bottomMargin: Theme.gapHuge
        width: root.column
        visible: !root.begun
        spacing: Theme.gapMedium

        LargeTitle {
            width: parent.width
            text: qsTr("What would you like to know?")
            wrapMode: Text.Wrap
            horizontalAlignment: Text.AlignHCenter
        }
        Body {
            width: parent.width
            text: qsTr("Ask a question. What you write stays on this computer.")
            font: Theme.readingFont
            color: Theme.muted
            wrapMode: Text.Wrap
            horizontalAlignment: Text.AlignHCenter
        }
    }
    Composer {
        id: composer
        anchors.horizontalCenter: parent.horizontalCenter
        y: root.begun ? root.height - height - footer.height : Math.max(welcome.height + Theme.gapHuge + Theme.gapMedium, (root.height - height - examples.height + welcome.height) / 2)
        width: root.begun ? root.column : Math.min(root.column, Theme.startWidth)
        height: implicitHeight
        chat: root.chat
    }
    Examples {
        id: examples
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.top: composer.bottom
        anchors.topMargin: Theme.gap
        width: composer.width
        visible: !root.begun
        onChosen: text => composer.begin(text)
    }
    Banner {
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.bottom: composer.top
        anchors.bottomMargin: Theme.gapSmall
        width: composer.width
        visible: root.chat.problem !== ""
        text: root.chat.problem
        closable: true
        onCloseRequested: root.chat.dismissProblem()
    }
    Note {
        id: footer
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.bottom: parent.bottom
        visible: root.begun
        height: Theme.footerHeight
        verticalAlignment: Text.AlignVCenter
        text: qsTr("Answers can be wrong. Check what matters.")
        color: Theme.faint
    }
}
