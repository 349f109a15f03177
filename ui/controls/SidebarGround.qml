// Under a row of the sidebar: a card where one is, a progress line below.
import QtQuick
import QtQuick.Templates as T

Item {
    id: root

    required property T.ItemDelegate row
    required property bool current
    required property real progress

    Rectangle {
        id: card
        width: parent.width
        height: Theme.controlHeight
        radius: Theme.radiusRow
        color: root.current ? Theme.card : root.row.down ? Theme.pressed : root.row.hovered ? Theme.hovered : "transparent"
        border.width: root.current ? Theme.hairline : 0
        border.color: Theme.line
        FocusFrame {
            control: root.row
            gap: -Theme.focusWidth
            radius: card.radius
        }
    }
    ProgressLine {
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.bottom: parent.bottom
        anchors.leftMargin: Theme.controlHeight - Theme.gapTiny / 2
        anchors.rightMargin: Theme.gap
        anchors.bottomMargin: Theme.gapTiny
        visible: root.progress >= 0
        value: Math.max(0, root.progress)
        Accessible.name: root.row.text
    }
}
