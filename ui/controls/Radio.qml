// One of several.
import QtQuick
import QtQuick.Templates as T

T.RadioButton {
    id: root

    function select(): void {
        checked = true;
        clicked();
    }

    implicitWidth: Math.max(implicitIndicatorWidth, implicitContentWidth) + leftPadding + rightPadding
    implicitHeight: Math.max(Theme.smallHeight, implicitContentHeight)
    font: Theme.bodyFont
    spacing: Theme.gapSmall
    hoverEnabled: true
    opacity: enabled ? 1 : Theme.disabledOpacity
    Keys.onReturnPressed: select()
    Keys.onEnterPressed: select()
    Accessible.role: Accessible.RadioButton
    Accessible.name: text
    Accessible.onPressAction: select()
    indicator: Rectangle {
        x: root.mirrored ? root.width - width : 0
        y: (root.height - height) / 2
        implicitWidth: 18 * Theme.textScale
        implicitHeight: implicitWidth
        radius: height / 2
        color: root.checked ? Theme.accent : Theme.card
        border.width: root.checked ? 0 : Theme.hairline
        border.color: Theme.faint
        Rectangle {
            anchors.centerIn: parent
            width: parent.width * 0.4
            height: width
            radius: width / 2
            color: Theme.accentInk
            visible: root.checked
        }
        Rectangle {
            anchors.fill: parent
            radius: parent.radius
            color: root.down ? Theme.pressed : root.hovered ? Theme.hovered : "transparent"
        }
        FocusFrame {
            control: root
            radius: height / 2
        }
    }
    contentItem: CheckLabel {
        button: root
    }
}
