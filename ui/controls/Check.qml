// A box to tick.
import QtQuick
import QtQuick.Templates as T

T.CheckBox {
    id: root

    function press(): void {
        toggle();
        toggled();
        clicked();
    }

    implicitWidth: Math.max(implicitIndicatorWidth, implicitContentWidth) + leftPadding + rightPadding
    implicitHeight: Math.max(Theme.smallHeight, implicitContentHeight)
    font: Theme.bodyFont
    spacing: Theme.gapSmall
    hoverEnabled: true
    opacity: enabled ? 1 : Theme.disabledOpacity
    Keys.onReturnPressed: press()
    Keys.onEnterPressed: press()
    Accessible.role: Accessible.CheckBox
    Accessible.name: text
    indicator: Rectangle {
        readonly property bool marked: root.checkState !== Qt.Unchecked
        x: root.mirrored ? root.width - width : 0
        y: (root.height - height) / 2
        implicitWidth: 18 * Theme.textScale
        implicitHeight: implicitWidth
        radius: 5
        color: marked ? Theme.accent : Theme.card
        border.width: marked ? 0 : Theme.hairline
        border.color: Theme.faint
        Icon {
            anchors.centerIn: parent
            name: root.checkState === Qt.PartiallyChecked ? "minus" : parent.marked ? "check" : ""
            size: 14 * Theme.textScale
            color: Theme.accentInk
        }
        Rectangle {
            anchors.fill: parent
            radius: parent.radius
            color: root.down ? Theme.pressed : root.hovered ? Theme.hovered : "transparent"
        }
        FocusFrame {
            control: root
            radius: parent.radius + gap + border.width
        }
    }
    contentItem: CheckLabel {
        button: root
    }
}
