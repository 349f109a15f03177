// A line of a menu: icon, words, the keys for it. `grave` for what takes something away.
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T

T.MenuItem {
    id: root

    property alias iconName: root.icon.name
    property string shortcutText
    property bool grave: false

    function press(): void {
        if (action) action.trigger(); else if (checkable) toggle();
        clicked();
    }

    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: visible ? Math.max(implicitContentHeight, Theme.controlHeight - Theme.gapTiny) : 0
    leftPadding: Theme.gapSmall
    rightPadding: Theme.gapSmall
    spacing: Theme.gapSmall
    font: Theme.bodyFont
    icon.color: grave ? Theme.warning : Theme.ink
    opacity: enabled ? 1 : Theme.disabledOpacity
    Keys.onReturnPressed: press()
    Keys.onEnterPressed: press()
    Accessible.role: Accessible.MenuItem
    Accessible.name: text
    Accessible.description: shortcutText
    Accessible.onPressAction: press()
    contentItem: RowLayout {
        spacing: root.spacing
        Icon {
            name: root.checkable ? (root.checked ? "check" : "") : root.icon.name
            color: root.icon.color
            visible: root.checkable || name !== ""
        }
        Body {
            Layout.fillWidth: true
            text: root.text
            color: root.icon.color
            Accessible.ignored: true
        }
        Note {
            Layout.leftMargin: Theme.gapMedium
            text: root.shortcutText
            visible: text !== ""
            Accessible.ignored: true
        }
        Icon {
            name: LayoutMirroring.enabled ? "chevron-left" : "chevron-right"
            mirrored: false
            visible: root.subMenu !== null
        }
    }
    background: Rectangle {
        radius: Theme.radiusRow - 2
        color: root.down ? Theme.pressed : root.highlighted ? Theme.hovered : "transparent"
        border.width: root.visualFocus || (root.highlighted && Theme.highContrast) ? Theme.focusWidth : 0
        border.color: Theme.accent
    }
}
