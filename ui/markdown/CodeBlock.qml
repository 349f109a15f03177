// Code on its own ground, with its language and a way to copy it.
import QtQuick
import Alcove.Controls
import Alcove.Markdown

Rectangle {
    id: code

    required property var row

    implicitHeight: header.height + lines.implicitHeight + Theme.gap + Theme.gapTiny
    radius: Theme.radiusButton
    color: Theme.code
    Accessible.role: Accessible.Grouping
    Accessible.name: lines.languageName ? qsTr("Code, %1").arg(lines.languageName) : qsTr("Code")

    Item {
        id: header
        width: parent.width
        height: Theme.gapLarge + Theme.gapSmall

        Text {
            anchors.left: parent.left
            anchors.leftMargin: Theme.gapMedium
            anchors.right: copy.left
            anchors.verticalCenter: parent.verticalCenter
            text: lines.languageName || qsTr("Text")
            textFormat: Text.PlainText
            elide: Text.ElideRight
            color: Theme.muted
            font.family: Theme.family
            font.pixelSize: Theme.noteSize
            renderType: Text.NativeRendering
        }

        CopyButton {
            id: copy
            anchors.right: parent.right
            anchors.rightMargin: Theme.gapSmall
            anchors.verticalCenter: parent.verticalCenter
            onClicked: lines.copyAll()
        }
    }

    CodeSheet {
        id: lines
        x: Theme.gapMedium
        y: header.height
        width: Math.max(0, parent.width - 2 * Theme.gapMedium)
        style: Look
        text: code.row.block.text
        language: code.row.block.language
        activeFocusOnTab: contentWidth > width
        Accessible.role: Accessible.StaticText
        Accessible.name: text
    }

    Loader {
        anchors.fill: lines
        anchors.bottomMargin: -Theme.gap
        active: lines.contentWidth > lines.width
        Component.onCompleted: setSource("SideScroll.qml", {sheet: lines})
    }
}
