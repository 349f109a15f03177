// A white sheet on the ground, with a border.
import QtQuick
import QtQuick.Templates as T

T.Pane {
    id: root

    property real radius: Theme.radiusCard
    property color color: Theme.card

    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: implicitContentHeight + topPadding + bottomPadding
    padding: Theme.gapMedium
    font: Theme.bodyFont
    background: Rectangle {
        color: root.color
        radius: root.radius
        border.width: Theme.hairline
        border.color: Theme.line
    }
}
