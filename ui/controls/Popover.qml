// A panel that floats over the page until one clicks elsewhere or presses Escape.
import QtQuick
import QtQuick.Templates as T

T.Popup {
    id: root

    implicitWidth: Math.max(implicitBackgroundWidth, implicitContentWidth + leftPadding + rightPadding)
    implicitHeight: Math.max(implicitBackgroundHeight, implicitContentHeight + topPadding + bottomPadding)
    margins: Theme.gapSmall
    padding: Theme.gapMedium
    focus: true
    font: Theme.bodyFont
    closePolicy: T.Popup.CloseOnEscape | T.Popup.CloseOnPressOutside
    background: FloatingGround {}
    enter: Transition {
        NumberAnimation { property: "opacity"; from: 0; to: 1; duration: Theme.duration; easing.type: Easing.OutCubic }
    }
    exit: Transition {
        NumberAnimation { property: "opacity"; from: 1; to: 0; duration: Theme.duration; easing.type: Easing.OutCubic }
    }
    T.Overlay.modal: Rectangle {
        color: Theme.veil
    }
    T.Overlay.modeless: Item {}
}
