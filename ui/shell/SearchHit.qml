// A conversation that was found, with the place in it.
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Alcove.Controls

T.ItemDelegate {
    id: root

    required property int index
    required property string title
    required property string excerpt
    required property string day

    implicitHeight: implicitContentHeight + 2 * Theme.gapSmall
    padding: Theme.gapSmall
    leftPadding: Theme.gap
    rightPadding: Theme.gap
    hoverEnabled: true
    highlighted: ListView.isCurrentItem
    Accessible.role: Accessible.ListItem
    Accessible.name: title
    Accessible.selected: highlighted

    contentItem: ColumnLayout {
        spacing: 2
        RowLayout {
            spacing: Theme.gapSmall
            Body {
                Layout.fillWidth: true
                text: root.title
                font: Theme.mediumFont
                Accessible.ignored: true
            }
            Note {
                text: root.day
                Accessible.ignored: true
            }
        }
        Note {
            Layout.fillWidth: true
            visible: root.excerpt !== "" && root.excerpt !== root.title
            text: root.excerpt
            textFormat: Text.StyledText
            maximumLineCount: 2
            wrapMode: Text.Wrap
            Accessible.ignored: true
        }
    }
    background: Rectangle {
        radius: Theme.radiusRow
        color: root.highlighted ? Theme.softAccent : root.hovered ? Theme.hovered : "transparent"
    }
}
