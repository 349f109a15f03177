// What a model thought before its answer: one line, which opens.
import QtQuick
import QtQuick.Layouts
import Alcove.Controls

ColumnLayout {
    id: root

    required property string line
    required property string thought
    property bool open: false

    spacing: Theme.gapSmall
    visible: line !== ""

    PlainButton {
        Layout.leftMargin: -Theme.gapSmall
        text: root.line
        font: Theme.bodyFont
        icon.name: root.open ? "chevron-down" : "chevron-right"
        Accessible.name: root.line
        Accessible.description: root.open ? qsTr("Hides the thought") : qsTr("Shows the thought")
        onClicked: root.open = !root.open
    }
    RowLayout {
        visible: root.open
        spacing: Theme.gap
        Rectangle {
            Layout.fillHeight: true
            implicitWidth: 2
            color: Theme.line
        }
        TextEdit {
            Layout.fillWidth: true
            text: root.thought
            font: Theme.bodyFont
            color: Theme.muted
            selectionColor: Theme.selection
            selectedTextColor: Theme.ink
            textFormat: TextEdit.PlainText
            wrapMode: TextEdit.Wrap
            readOnly: true
            selectByMouse: true
        }
    }
}
