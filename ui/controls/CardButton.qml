// A white card to click: an icon, words at the start and a note (its keys) at the end.
import QtQuick
import QtQuick.Layouts

ButtonBase {
    id: root

    property string note

    font: Theme.mediumFont
    leftPadding: Theme.gap
    rightPadding: Theme.gap
    implicitHeight: Theme.controlHeight + Theme.gapTiny
    Accessible.description: note === "" ? description : note
    contentItem: RowLayout {
        spacing: root.spacing
        ButtonContent {
            Layout.fillWidth: true
            button: root
            centered: false
        }
        Note {
            text: root.note
            visible: text !== ""
            Accessible.ignored: true
        }
    }
    background: ButtonGround {
        button: root
        color: Theme.card
        border.width: Theme.hairline
    }
}
