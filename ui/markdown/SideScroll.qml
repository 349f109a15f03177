// The bar under what is wider than its place, and the frame that tells that arrow keys move it.
import QtQuick
import QtQuick.Controls.Basic
import Alcove.Controls

Item {
    id: scroll

    required property var sheet

    ScrollBar {
        id: bar
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.bottom: parent.bottom
        orientation: Qt.Horizontal
        policy: ScrollBar.AlwaysOn
        size: Math.min(1, scroll.sheet.width / scroll.sheet.contentWidth)
        position: scroll.sheet.contentX / scroll.sheet.contentWidth
        onPositionChanged: if (pressed)
            scroll.sheet.contentX = position * scroll.sheet.contentWidth
        contentItem: Rectangle {
            implicitHeight: Theme.gapTiny
            radius: height / 2
            color: bar.pressed || bar.hovered ? Theme.muted : Theme.line
        }
    }

    FocusOutline {
        shown: scroll.sheet.activeFocus
    }
}
