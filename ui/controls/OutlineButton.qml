// A button beside the primary one.
import QtQuick

ButtonBase {
    id: root

    font: Theme.strongFont
    leftPadding: Theme.gapMedium
    rightPadding: Theme.gapMedium
    icon.color: Theme.accent
    contentItem: ButtonContent {
        button: root
    }
    background: ButtonGround {
        button: root
        color: Theme.card
        border.width: Theme.hairline
    }
}
