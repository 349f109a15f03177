// A chip of the composer: what is asked, what is added, which model answers.
import QtQuick
import QtQuick.Layouts

ButtonBase {
    id: root

    /// In the soft accent: it is in force.
    property bool filled: false
    property bool chevron: false
    property bool closable: false
    signal closeRequested

    font: filled ? Theme.mediumNoteFont : Theme.noteFont
    leftPadding: closable && mirrored ? Theme.gapTiny : Theme.gap
    rightPadding: closable && !mirrored ? Theme.gapTiny : Theme.gap
    topPadding: 0
    bottomPadding: 0
    icon.color: filled ? Theme.accent : hovered || down ? Theme.ink : Theme.muted
    Keys.onDeletePressed: if (closable) closeRequested()
    Keys.onPressed: event => {
        event.accepted = closable && event.key === Qt.Key_Backspace;
        if (event.accepted) closeRequested();
    }
    contentItem: RowLayout {
        spacing: 0
        ButtonContent {
            Layout.fillWidth: true
            button: root
            color: root.icon.color
            chevron: root.chevron
        }
        IconButton {
            visible: root.closable
            focusPolicy: Qt.NoFocus
            icon.name: "close"
            text: qsTr("Remove %1").arg(root.text)
            tip: ""
            iconSize: Theme.iconSize * 0.75
            restColor: root.icon.color
            onClicked: root.closeRequested()
        }
    }
    background: ButtonGround {
        button: root
        implicitHeight: Theme.smallHeight
        radius: height / 2
        color: root.filled ? Theme.softAccent : "transparent"
        border.width: root.filled && !Theme.highContrast ? 0 : Theme.hairline
    }
}
