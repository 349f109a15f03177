// A thin bar that is there while one scrolls or points at it: ScrollBar.vertical: Scroller {}
import QtQuick
import QtQuick.Templates as T

T.ScrollBar {
    id: root

    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: implicitContentHeight + topPadding + bottomPadding
    padding: 2
    minimumSize: Math.min(1, 32 / Math.max(1, orientation === Qt.Vertical ? height : width))
    visible: policy === T.ScrollBar.AlwaysOn || (policy === T.ScrollBar.AsNeeded && size < 1)
    Accessible.role: Accessible.ScrollBar
    contentItem: Rectangle {
        implicitWidth: 6
        implicitHeight: 6
        radius: 3
        color: Theme.faint
        opacity: root.pressed ? 0.9 : root.hovered ? 0.7 : root.active || Theme.highContrast ? 0.4 : 0
        Behavior on opacity {
            NumberAnimation { duration: Theme.duration }
        }
    }
}
