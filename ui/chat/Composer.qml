// Where a question is written: the text, what answers it, send or stop.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Alcove.Chat
import Alcove.Controls

Item {
    id: root

    required property Chat chat
    property string placeholder: qsTr("Ask anything")
    readonly property int mostLines: 8

    function focusField(): void {
        field.area.forceActiveFocus();
    }

    function begin(text: string): void {
        chat.draft = text;
        field.cursorPosition = text.length;
        focusField();
    }

    implicitHeight: content.implicitHeight + 2 * Theme.gap

    FloatingGround {
        anchors.fill: parent
        radius: Theme.radiusComposer
    }
    ColumnLayout {
        id: content
        anchors.fill: parent
        anchors.margins: Theme.gap
        anchors.leftMargin: Theme.gapMedium
        spacing: Theme.gap

        TextBox {
            id: field
            Layout.fillWidth: true
            Layout.topMargin: Theme.gapTiny
            framed: false
            submitOnEnter: true
            maximumLines: root.mostLines
            placeholderText: root.placeholder
            label: qsTr("Your question")
            text: root.chat.draft
            onTextChanged: root.chat.draft = text
            onAccepted: root.chat.ask()
        }
        RowLayout {
            spacing: Theme.gapSmall

            ModelPill {
                models: root.chat.models
                Layout.leftMargin: -Theme.gapTiny
            }
            Item {
                Layout.fillWidth: true
            }
            RoundButton {
                busy: root.chat.busy
                enabled: busy || field.text.trim() !== ""
                onClicked: root.chat.busy ? root.chat.stop() : root.chat.ask()
            }
        }
    }
}
