import QtQuick
import Alcove.Controls

Rectangle {
    id: box

    required property bool done

    implicitWidth: Theme.gapMedium
    implicitHeight: Theme.gapMedium
    radius: Theme.gapTiny
    color: done ? Theme.accent : "transparent"
    border.color: done ? Theme.accent : Theme.muted
    Accessible.role: Accessible.CheckBox
    Accessible.name: done ? qsTr("Done") : qsTr("To do")
    Accessible.checked: done
    Accessible.readOnly: true

    Text {
        anchors.centerIn: parent
        visible: box.done
        text: "✓"
        color: Theme.accentInk
        font.family: Theme.family
        font.pixelSize: Theme.noteSize
        font.weight: Font.DemiBold
        renderType: Text.NativeRendering
        Accessible.ignored: true
    }
}
