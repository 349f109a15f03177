// An icon to click. `text` is its name for screen readers, and its tip unless another one is given.
import QtQuick

ButtonBase {
    id: root

    property color restColor: Theme.muted
    property real iconSize: Theme.iconSize

    tip: text
    padding: 0
    icon.color: hovered || down || checked || visualFocus ? Theme.ink : restColor
    contentItem: Item {
        Icon {
            anchors.centerIn: parent
            name: root.icon.name
            color: root.icon.color
            size: root.iconSize
        }
    }
    background: ButtonGround {
        button: root
        implicitWidth: Theme.smallHeight
        implicitHeight: Theme.smallHeight
        radius: Theme.radiusRow
        border.width: 0
        color: root.checked ? Theme.pressed : "transparent"
    }
}
