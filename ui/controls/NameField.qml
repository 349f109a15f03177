// A name that is changed where it stands: Enter or leaving takes it, Escape leaves it as it was.
import QtQuick
import QtQuick.Templates as T

T.TextField {
    id: root
    objectName: "nameField"

    required property string name
    required property string label
    property bool done: false
    signal named(string name)
    signal cancelled

    function finish(keep: bool): void {
        if (done) return;
        done = true;
        const wanted = text.trim();
        if (keep && wanted !== "" && wanted !== name) named(wanted); else cancelled();
    }

    implicitHeight: contentHeight
    implicitWidth: contentWidth
    text: name
    font: Theme.bodyFont
    color: Theme.ink
    selectionColor: Theme.selection
    selectedTextColor: Theme.ink
    verticalAlignment: TextInput.AlignVCenter
    selectByMouse: true
    Accessible.role: Accessible.EditableText
    Accessible.name: label
    Component.onCompleted: {
        forceActiveFocus();
        selectAll();
    }
    onAccepted: finish(true)
    onActiveFocusChanged: if (!activeFocus) finish(true)
    Keys.onEscapePressed: finish(false)
    background: Rectangle {
        y: root.height
        width: root.width
        height: Theme.hairline
        color: Theme.accent
    }
}
