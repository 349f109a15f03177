// The ground of what floats: a card with the one shadow.
import QtQuick
import Alcove.Controls

Item {
    id: root

    property real radius: Theme.radiusCard
    property color color: Theme.card

    Shadow {
        anchors.fill: parent
        radius: root.radius
        color: Theme.shadow
        reach: Theme.shadowReach
        drop: Theme.shadowDrop
    }
    Rectangle {
        anchors.fill: parent
        radius: root.radius
        color: root.color
        border.width: Theme.hairline
        border.color: Theme.line
    }
}
