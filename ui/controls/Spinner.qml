// Something is being done, for who looks: it turns slowly, and stands still with "reduce motion".
import QtQuick

Icon {
    id: root

    property bool running: true
    property string label: qsTr("Working")

    readonly property bool turning: running && visible && !Theme.reduceMotion

    name: "spinner"
    color: Theme.accent
    visible: running
    Accessible.role: Accessible.Animation
    Accessible.name: label

    RotationAnimator on rotation {
        running: root.turning
        from: 0
        to: 360
        duration: 1100
        loops: Animation.Infinite
    }
}
