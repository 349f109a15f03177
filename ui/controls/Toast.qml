// Says what was done, with a way back. It goes by itself, but not while one points at it or has its focus.
//     toast.show(qsTr("Chat deleted"), qsTr("Undo"));   onActionTriggered: …
import QtQuick
import QtQuick.Layouts

FocusScope {
    id: root

    property string text
    property string actionText
    property int stay: Theme.toastTime
    property bool shown: false
    readonly property bool held: pointer.hovered || activeFocus
    readonly property bool counting: timer.running
    signal actionTriggered
    /// It went without the action.
    signal gone

    function show(message: string, offer: string): void {
        hide();
        text = message;
        actionText = offer;
        shown = true;
    }
    function hide(): void {
        if (!shown) return;
        shown = false;
        gone();
    }
    function act(): void {
        shown = false;
        actionTriggered();
    }

    implicitWidth: row.implicitWidth + Theme.gapMedium + Theme.gapSmall
    implicitHeight: row.implicitHeight + 2 * Theme.gapSmall
    visible: opacity > 0
    opacity: shown ? 1 : 0
    Keys.onEscapePressed: hide()
    Accessible.role: Accessible.AlertMessage
    Accessible.name: text
    Behavior on opacity {
        NumberAnimation { duration: Theme.duration; easing.type: Easing.OutCubic }
    }

    Timer {
        id: timer
        interval: root.stay
        running: root.shown && !root.held
        onTriggered: root.hide()
    }
    HoverHandler {
        id: pointer
    }
    FloatingGround {
        anchors.fill: parent
        radius: Theme.radiusButton
    }
    RowLayout {
        id: row
        anchors.fill: parent
        anchors.leftMargin: Theme.gapMedium
        anchors.rightMargin: Theme.gapSmall
        spacing: Theme.gapSmall
        Body {
            Layout.fillWidth: true
            text: root.text
            wrapMode: Text.Wrap
            Accessible.ignored: true
        }
        PlainButton {
            objectName: "action"
            text: root.actionText
            font: Theme.strongFont
            restColor: Theme.accent
            visible: text !== ""
            onClicked: root.act()
        }
        IconButton {
            icon.name: "close"
            text: qsTr("Close")
            onClicked: root.hide()
        }
    }
}
