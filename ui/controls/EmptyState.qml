// Where nothing is yet: one sentence on what to do, and what does it.
import QtQuick
import QtQuick.Layouts

ColumnLayout {
    id: root

    property alias iconName: picture.name
    property alias text: words.text
    property alias actionText: action.text
    signal actionTriggered

    spacing: Theme.gapMedium
    Icon {
        id: picture
        Layout.alignment: Qt.AlignHCenter
        name: ""
        size: Theme.gapLarge * Theme.textScale
        color: Theme.faint
        visible: name !== ""
    }
    Body {
        id: words
        Layout.alignment: Qt.AlignHCenter
        Layout.fillWidth: true
        Layout.maximumWidth: Theme.readingWidth / 2
        horizontalAlignment: Text.AlignHCenter
        font: Theme.readingFont
        color: Theme.muted
        wrapMode: Text.Wrap
    }
    OutlineButton {
        id: action
        Layout.alignment: Qt.AlignHCenter
        visible: text !== ""
        onClicked: root.actionTriggered()
    }
}
