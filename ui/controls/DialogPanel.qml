// Asks before something that cannot be undone; for nothing else. Cancelling has the focus.
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T

T.Dialog {
    id: root

    property string text
    property string confirmText: qsTr("Delete")
    property string cancelText: qsTr("Cancel")

    parent: T.Overlay.overlay
    anchors.centerIn: parent
    implicitWidth: Math.min(420 * Theme.textScale, parent ? parent.width - 2 * Theme.gapMedium : 420)
    implicitHeight: implicitContentHeight + topPadding + bottomPadding
    padding: Theme.gapLarge
    modal: true
    focus: true
    dim: true
    font: Theme.bodyFont
    closePolicy: T.Popup.CloseOnEscape
    background: FloatingGround {}
    T.Overlay.modal: Rectangle {
        color: Theme.veil
    }
    contentItem: ColumnLayout {
        spacing: Theme.gap
        Heading {
            Layout.fillWidth: true
            text: root.title
            wrapMode: Text.Wrap
        }
        Body {
            Layout.fillWidth: true
            text: root.text
            color: Theme.muted
            wrapMode: Text.Wrap
        }
        RowLayout {
            Layout.topMargin: Theme.gapSmall
            Layout.alignment: Qt.AlignRight
            spacing: Theme.gapSmall
            OutlineButton {
                focus: true
                text: root.cancelText
                onClicked: root.reject()
            }
            OutlineButton {
                text: root.confirmText
                icon.color: Theme.warning
                onClicked: root.accept()
            }
        }
    }
}
