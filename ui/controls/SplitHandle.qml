// The line between two panes, to be dragged or moved with the arrow keys. `moved` says by how much, in the
// direction of reading; `released` that one is done, so that the width can be remembered.
import QtQuick

Item {
    id: root

    property string label: qsTr("Width of the panel")
    readonly property bool dragging: drag.active
    readonly property bool lit: dragging || pointer.hovered || activeFocus
    readonly property real step: Theme.gapMedium
    property real done: 0
    signal moved(real by)
    signal released

    function follow(distance: real): void {
        const whole = LayoutMirroring.enabled ? -distance : distance;
        moved(whole - done);
        done = whole;
    }
    function nudge(by: real): void {
        moved(LayoutMirroring.enabled ? -by : by);
        released();
    }

    implicitWidth: 9
    implicitHeight: Theme.controlHeight
    activeFocusOnTab: true
    Keys.onLeftPressed: nudge(-step)
    Keys.onRightPressed: nudge(step)
    Accessible.role: Accessible.Splitter
    Accessible.name: label
    HoverHandler {
        id: pointer
        cursorShape: Qt.SplitHCursor
    }
    DragHandler {
        id: drag
        target: null
        xAxis.enabled: true
        yAxis.enabled: false
        onTranslationChanged: if (active) root.follow(activeTranslation.x)
        onActiveChanged: {
            root.done = 0;
            if (!active) root.released();
        }
    }
    Rectangle {
        anchors.horizontalCenter: parent.horizontalCenter
        width: root.lit ? Theme.focusWidth : Theme.hairline
        height: parent.height
        color: root.lit ? Theme.accent : Theme.line
    }
}
