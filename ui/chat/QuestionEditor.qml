// A question being put in other words.
import QtQuick
import QtQuick.Layouts
import Alcove.Controls

Item {
    id: root

    required property string text
    signal taken(string text)
    signal cancelled

    implicitHeight: column.implicitHeight + 2 * Theme.gap

    ColumnLayout {
        id: column
        anchors.fill: parent
        anchors.margins: Theme.gap
        spacing: Theme.gapSmall

        TextBox {
            id: field
            Layout.fillWidth: true
            framed: false
            submitOnEnter: true
            maximumLines: 16
            label: qsTr("Your question")
            Component.onCompleted: {
                text = root.text;
                cursorPosition = text.length;
                area.forceActiveFocus();
            }
            onAccepted: if (text.trim() !== "") root.taken(text)
            Keys.onEscapePressed: root.cancelled()
        }
        RowLayout {
            Layout.alignment: Qt.AlignRight
            spacing: Theme.gapSmall
            PlainButton {
                text: qsTr("Cancel")
                onClicked: root.cancelled()
            }
            PrimaryButton {
                text: qsTr("Ask")
                enabled: field.text.trim() !== ""
                onClicked: root.taken(field.text)
            }
        }
    }
}
