// What one does here; once on a page or card.
import QtQuick

ButtonBase {
    id: root

    font: Theme.strongFont
    leftPadding: Theme.gapMedium
    rightPadding: Theme.gapMedium
    icon.color: Theme.accentInk
    contentItem: ButtonContent {
        button: root
    }
    background: ButtonGround {
        button: root
        color: Theme.accent
        border.width: 0
        over: root.down ? Theme.accentPressed : root.hovered ? Theme.accentHovered : "transparent"
    }
}
