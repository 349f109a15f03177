// One line to write. `label` is its name for screen readers; `invalid` marks it, the reason stands beside it.
import QtQuick
import QtQuick.Templates as T

T.TextField {
    id: root

    property string label: placeholderText
    property bool invalid: false

    implicitWidth: implicitBackgroundWidth
    implicitHeight: Math.max(contentHeight + topPadding + bottomPadding, implicitBackgroundHeight)
    leftPadding: Theme.gap
    rightPadding: Theme.gap
    topPadding: Theme.gapTiny
    bottomPadding: Theme.gapTiny
    font: Theme.bodyFont
    color: Theme.ink
    placeholderTextColor: Theme.faint
    selectionColor: Theme.selection
    selectedTextColor: Theme.ink
    verticalAlignment: TextInput.AlignVCenter
    selectByMouse: true
    hoverEnabled: true
    opacity: enabled ? 1 : Theme.disabledOpacity
    Accessible.role: Accessible.EditableText
    Accessible.name: label
    background: FieldGround {
        field: root
        invalid: root.invalid
    }

    Body {
        x: root.leftPadding
        width: root.width - root.leftPadding - root.rightPadding
        height: root.height
        verticalAlignment: Text.AlignVCenter
        text: root.placeholderText
        font: root.font
        color: root.placeholderTextColor
        visible: root.length === 0 && root.preeditText === ""
        Accessible.ignored: true
    }
}
