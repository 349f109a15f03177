// On or off, at once.
import QtQuick
import QtQuick.Templates as T

T.Switch {
    id: root

    function press(): void {
        toggle();
        toggled();
        clicked();
    }

    implicitWidth: Math.max(implicitIndicatorWidth, implicitContentWidth) + leftPadding + rightPadding
    implicitHeight: Math.max(Theme.smallHeight, implicitContentHeight)
    font: Theme.bodyFont
    spacing: Theme.gap
    hoverEnabled: true
    opacity: enabled ? 1 : Theme.disabledOpacity
    Keys.onReturnPressed: press()
    Keys.onEnterPressed: press()
    Accessible.role: Accessible.CheckBox
    Accessible.name: text
    indicator: Rectangle {
        x: root.text === "" || root.mirrored ? 0 : root.width - width
        y: (root.height - height) / 2
        implicitWidth: 36 * Theme.textScale
        implicitHeight: 20 * Theme.textScale
        radius: height / 2
        color: root.checked ? Theme.accent : Theme.highContrast ? Theme.background : Theme.track
        border.width: Theme.highContrast ? Theme.hairline : 0
        border.color: Theme.ink
        Rectangle {
            readonly property real rim: 2 * Theme.textScale
            readonly property real travel: parent.width - width - 2 * rim
            x: rim + travel * (root.mirrored ? 1 - root.visualPosition : root.visualPosition)
            anchors.verticalCenter: parent.verticalCenter
            width: parent.height - 2 * rim
            height: width
            radius: width / 2
            color: root.checked ? Theme.accentInk : Theme.highContrast ? Theme.ink : Theme.knob
            Behavior on x {
                enabled: !root.down
                NumberAnimation { duration: Theme.duration; easing.type: Easing.OutCubic }
            }
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
    contentItem: Body {
        leftPadding: root.mirrored && root.text !== "" ? root.indicator.width + root.spacing : 0
        rightPadding: !root.mirrored && root.text !== "" ? root.indicator.width + root.spacing : 0
        text: root.text
        font: root.font
        verticalAlignment: Text.AlignVCenter
        wrapMode: Text.Wrap
        Accessible.ignored: true
    }
}
