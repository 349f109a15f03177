// A line of a list that one thing is chosen from.
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T

T.ItemDelegate {
    id: root

    property bool chosen: false

    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: Theme.controlHeight - Theme.gapTiny
    leftPadding: Theme.gapSmall
    rightPadding: Theme.gapSmall
    font: Theme.bodyFont
    hoverEnabled: true
    Accessible.role: Accessible.ListItem
    Accessible.name: text
    Accessible.selectable: true
    Accessible.selected: chosen
    contentItem: RowLayout {
        spacing: Theme.gapSmall
        Body {
            Layout.fillWidth: true
            text: root.text
            font: root.font
            Accessible.ignored: true
        }
        Icon {
            name: root.chosen ? "check" : ""
            color: Theme.accent
        }
    }
    background: Rectangle {
        radius: Theme.radiusRow - 2
        color: root.down ? Theme.pressed : root.highlighted || root.hovered ? Theme.hovered : "transparent"
        border.width: root.highlighted && Theme.highContrast ? Theme.focusWidth : 0
        border.color: Theme.accent
    }
}
