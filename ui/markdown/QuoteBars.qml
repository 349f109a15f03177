pragma ComponentBehavior: Bound
// The lines at the side of quotes, one for each level.
import QtQuick
import Alcove.Controls

Item {
    id: bars

    required property var row

    width: row.width
    height: row.height

    Repeater {
        model: bars.row.quotes
        delegate: Rectangle {
            required property int index
            readonly property real place: bars.row.outerIndent + index * Theme.gapMedium

            x: bars.row.mirrored ? bars.width - place - width : place
            // As many go on from the block above; the others begin here.
            y: index < bars.row.sharedQuotes ? 0 : bars.row.above
            width: 3
            height: bars.height - y
            radius: 1.5
            color: Theme.line
        }
    }
}
