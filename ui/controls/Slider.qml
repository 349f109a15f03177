// A value between two ends.
import QtQuick
import QtQuick.Templates as T

T.Slider {
    id: root

    property string label
    property string valueText
    // What is asked of a value for screen readers.
    readonly property real minimumValue: from
    readonly property real maximumValue: to

    implicitWidth: 200 * Theme.textScale
    implicitHeight: Theme.smallHeight
    padding: Theme.gapTiny
    hoverEnabled: true
    opacity: enabled ? 1 : Theme.disabledOpacity
    Accessible.role: Accessible.Slider
    Accessible.name: label
    Accessible.description: valueText
    background: Rectangle {
        x: root.leftPadding
        y: (root.height - height) / 2
        width: root.availableWidth
        height: Theme.thinLine + 1
        radius: height / 2
        color: Theme.track
        Rectangle {
            x: root.mirrored ? parent.width - width : 0
            width: root.position * parent.width
            height: parent.height
            radius: parent.radius
            color: Theme.accent
        }
    }
    handle: Rectangle {
        x: root.leftPadding + root.visualPosition * (root.availableWidth - width)
        y: (root.height - height) / 2
        implicitWidth: 18 * Theme.textScale
        implicitHeight: implicitWidth
        radius: height / 2
        color: Theme.card
        border.width: root.pressed || root.hovered ? Theme.focusWidth : Theme.hairline
        border.color: root.pressed || root.hovered ? Theme.accent : Theme.faint
        FocusFrame {
            control: root
            radius: height / 2
        }
    }
}
