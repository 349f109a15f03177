// What something is called or why it is so, after a moment.
import QtQuick
import QtQuick.Templates as T

T.ToolTip {
    id: root
    objectName: "tip"

    x: parent ? (parent.width - implicitWidth) / 2 : 0
    y: -implicitHeight - Theme.gapTiny
    implicitWidth: Math.min(implicitContentWidth, 320 * Theme.textScale) + leftPadding + rightPadding
    implicitHeight: implicitContentHeight + topPadding + bottomPadding
    margins: Theme.gapSmall
    horizontalPadding: Theme.gapSmall
    verticalPadding: Theme.gapTiny
    delay: Theme.tipDelay
    font: Theme.noteFont
    closePolicy: T.Popup.CloseOnEscape | T.Popup.CloseOnPressOutsideParent | T.Popup.CloseOnReleaseOutsideParent
    contentItem: Note {
        text: root.text
        color: Theme.background
        wrapMode: Text.Wrap
    }
    background: Rectangle {
        color: Theme.ink
        radius: Theme.radiusRow - 2
    }
    enter: Transition {
        NumberAnimation { property: "opacity"; from: 0; to: 1; duration: Theme.duration }
    }
    exit: Transition {
        NumberAnimation { property: "opacity"; from: 1; to: 0; duration: Theme.duration }
    }
}
