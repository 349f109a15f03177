// The circle of the composer: sends, and stops while `busy`.
import QtQuick

IconButton {
    id: root

    property bool busy: false

    icon.name: busy ? "stop" : "send"
    icon.color: Theme.accentInk
    text: busy ? qsTr("Stop") : qsTr("Send")
    background: ButtonGround {
        button: root
        implicitWidth: 32 * Theme.textScale
        implicitHeight: implicitWidth
        radius: width / 2
        border.width: 0
        color: Theme.accent
        over: root.down ? Theme.accentPressed : root.hovered ? Theme.accentHovered : "transparent"
    }
}
