// The ground of what one writes into: a card, its border, and the accent while one writes.
import QtQuick

Rectangle {
    id: root

    required property Item field
    property bool invalid: false

    implicitWidth: 200 * Theme.textScale
    implicitHeight: Theme.controlHeight
    radius: Theme.radiusButton
    color: Theme.card
    border.width: field.activeFocus ? Theme.focusWidth : Theme.hairline
    border.color: invalid ? Theme.warning : field.activeFocus ? Theme.accent : Theme.line
}
