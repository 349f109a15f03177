// The ring around what the keyboard would act on. It belongs to the control it lies in, or to `control`.
import QtQuick
import QtQuick.Templates as T

Rectangle {
    id: root
    objectName: "focusFrame"

    property Item control: parent
    property bool shown: control instanceof T.Control && (control as T.Control).visualFocus
    /// The distance to the control; less than 0 lies inside.
    property real gap: Theme.focusWidth

    anchors.fill: parent
    anchors.margins: -gap - border.width
    radius: Theme.radiusButton + gap + border.width
    color: "transparent"
    border.color: Theme.accent
    border.width: Theme.focusWidth
    visible: shown
}
