// Says "Copied" for a moment once it has been.
import QtQuick
import QtQuick.Controls.Basic
import Alcove.Controls

AbstractButton {
    id: button

    property alias copied: moment.running

    implicitWidth: contentItem.implicitWidth + 2 * Theme.gapSmall
    implicitHeight: Theme.gapLarge
    text: button.copied ? qsTr("Copied") : qsTr("Copy")
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: button.text
    onClicked: moment.restart()
    Keys.onReturnPressed: clicked()
    Keys.onEnterPressed: clicked()

    Timer {
        id: moment
        interval: 1600
    }

    contentItem: Text {
        text: button.text
        color: button.hovered || button.copied ? Theme.ink : Theme.muted
        font.family: Theme.family
        font.pixelSize: Theme.noteSize
        renderType: Text.NativeRendering
        horizontalAlignment: Text.AlignHCenter
        verticalAlignment: Text.AlignVCenter
    }

    FocusOutline {
        shown: button.visualFocus
    }
}
