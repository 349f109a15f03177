// Words to click, nothing else: the actions under an answer, "Show more".
import QtQuick

ButtonBase {
    id: root

    property color restColor: Theme.muted

    font: Theme.noteFont
    leftPadding: Theme.gapSmall
    rightPadding: Theme.gapSmall
    icon.color: hovered || down || visualFocus ? Theme.ink : restColor
    contentItem: ButtonContent {
        button: root
    }
    background: ButtonGround {
        button: root
        implicitHeight: Theme.smallHeight
        radius: Theme.radiusRow
        border.width: 0
        over: root.down ? Theme.pressed : "transparent"
    }
}
