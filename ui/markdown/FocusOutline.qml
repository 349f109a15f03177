import QtQuick
import Alcove.Controls

Rectangle {
    required property bool shown

    anchors.fill: parent
    anchors.margins: -Theme.focusWidth
    visible: shown
    radius: Theme.gapTiny
    color: "transparent"
    border.width: Theme.focusWidth
    border.color: Theme.accent
}
