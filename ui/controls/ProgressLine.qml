// How far something is: 0 to 1, or moving to and fro while nobody knows (less than 0).
import QtQuick

Rectangle {
    id: root

    property real value: 0
    readonly property bool unknown: value < 0
    readonly property bool moving: unknown && visible && !Theme.reduceMotion
    property real place

    implicitWidth: 120
    implicitHeight: Theme.thinLine
    radius: height / 2
    color: Theme.track
    Accessible.role: Accessible.ProgressBar
    Accessible.description: unknown ? "" : qsTr("%1 %").arg(Math.round(value * 100))

    SequentialAnimation on place {
        running: root.moving
        loops: Animation.Infinite
        NumberAnimation { from: 0; to: 1; duration: 1200; easing.type: Easing.InOutQuad }
        NumberAnimation { from: 1; to: 0; duration: 1200; easing.type: Easing.InOutQuad }
    }
    Rectangle {
        width: root.width * (root.unknown ? 0.3 : Math.min(1, root.value))
        height: root.height
        x: (root.width - width) * (root.unknown ? root.place : LayoutMirroring.enabled ? 1 : 0)
        radius: height / 2
        color: Theme.accent
    }
}
