// All icons, small and large, with their names.
import QtQuick
import Alcove.Controls

Rectangle {
    id: root

    required property bool dark
    required property bool contrast
    required property real textScale
    required property bool mirrored
    required property list<string> iconNames

    width: 1280
    height: 800
    color: Theme.background
    Component.onCompleted: {
        Theme.dark = dark;
        Theme.highContrast = contrast;
        Theme.textScale = textScale;
    }

    Flow {
        anchors.fill: parent
        anchors.margins: Theme.gapLarge
        spacing: Theme.gap
        Repeater {
            model: root.iconNames
            Column {
                id: cell
                required property string modelData
                width: 96
                spacing: Theme.gapTiny
                Row {
                    spacing: Theme.gapSmall
                    Icon {
                        name: cell.modelData
                    }
                    Icon {
                        name: cell.modelData
                        size: 48
                    }
                }
                Note {
                    text: cell.modelData
                }
            }
        }
    }
}
