import QtQuick
import Alcove.Controls

Item {
    required property var row

    implicitHeight: Theme.gapSmall + 1
    Accessible.role: Accessible.Separator

    Rectangle {
        y: Theme.gapTiny
        width: parent.width
        height: 1
        color: Theme.line
    }
}
