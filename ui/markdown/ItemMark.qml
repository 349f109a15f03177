// What stands before an item of a list: a bullet, a number, the box of a task.
import QtQuick
import Alcove.Controls

Item {
    id: mark

    required property var row
    readonly property var block: row.block

    implicitWidth: block.isTask ? Theme.gapMedium : label.implicitWidth
    implicitHeight: Theme.readingLine

    Text {
        id: label
        visible: !mark.block.isTask
        anchors.verticalCenter: parent.verticalCenter
        text: mark.block.bullet
        color: Theme.muted
        font.family: Theme.figuresFamily
        font.pixelSize: Theme.readingSize
        renderType: Text.NativeRendering
        Accessible.ignored: true
    }

    TaskBox {
        visible: mark.block.isTask
        anchors.verticalCenter: parent.verticalCenter
        done: mark.block.isDone
    }
}
