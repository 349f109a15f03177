// The ground of a button: its colour, what the pointer lays over it, its border and its focus.
import QtQuick
import QtQuick.Templates as T

Rectangle {
    id: root

    required property T.AbstractButton button
    property color over: button.down ? Theme.pressed : button.hovered ? Theme.hovered : "transparent"

    implicitWidth: Theme.smallHeight
    implicitHeight: Theme.controlHeight
    radius: Theme.radiusButton
    color: "transparent"
    border.color: Theme.line

    Rectangle {
        anchors.fill: parent
        radius: root.radius
        color: root.over
        Behavior on color {
            ColorAnimation { duration: Theme.duration }
        }
    }
    FocusFrame {
        control: root.button
        radius: root.radius + gap + border.width
    }
}
