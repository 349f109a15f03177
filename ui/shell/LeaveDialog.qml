// A link of an answer leads out of Alcove: where to is shown before it is opened.
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Alcove.Controls

Popover {
    id: root

    property string link

    function ask(wanted: string): void {
        link = wanted;
        open();
    }

    parent: T.Overlay.overlay
    modal: true
    x: parent ? (parent.width - width) / 2 : 0
    y: parent ? (parent.height - height) / 3 : 0
    width: parent ? Math.min(Theme.panelWidth, parent.width - 2 * Theme.gapMedium) : 0

    contentItem: ColumnLayout {
        spacing: Theme.gap
        Heading {
            text: qsTr("Open this in your browser?")
        }
        Body {
            Layout.fillWidth: true
            text: root.link
            wrapMode: Text.WrapAnywhere
            maximumLineCount: 6
        }
        Note {
            Layout.fillWidth: true
            text: qsTr("The model wrote this address. Alcove itself opens nothing on the network.")
            wrapMode: Text.Wrap
        }
        RowLayout {
            Layout.alignment: Qt.AlignRight
            spacing: Theme.gapSmall
            OutlineButton {
                text: qsTr("Cancel")
                onClicked: root.close()
            }
            PrimaryButton {
                text: qsTr("Open")
                onClicked: {
                    Qt.openUrlExternally(root.link);
                    root.close();
                }
            }
        }
    }
}
