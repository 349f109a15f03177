// Says in place what went wrong (`warning`) or what is good to know, with the one action that helps.
import QtQuick
import QtQuick.Layouts

Rectangle {
    id: root

    property string text
    property string actionText
    property bool warning: true
    property bool closable: false
    property string iconName: warning ? "warning" : "info"
    readonly property color ink: warning ? Theme.warning : Theme.accent
    signal actionTriggered
    signal closeRequested

    implicitWidth: row.implicitWidth + Theme.gap + Theme.gapSmall
    implicitHeight: row.implicitHeight + Theme.gap
    radius: Theme.radiusButton
    color: warning ? Theme.softWarning : Theme.softAccent
    border.width: Theme.highContrast ? Theme.hairline : 0
    border.color: ink
    Accessible.role: warning ? Accessible.AlertMessage : Accessible.Note
    Accessible.name: text

    RowLayout {
        id: row
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.leftMargin: Theme.gap
        anchors.rightMargin: Theme.gapSmall
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.gapSmall
        Icon {
            Layout.alignment: words.lineCount > 1 ? Qt.AlignTop : Qt.AlignVCenter
            Layout.topMargin: words.lineCount > 1 ? Theme.gapTiny : 0
            name: root.iconName
            color: root.ink
        }
        Body {
            id: words
            Layout.fillWidth: true
            text: root.text
            color: root.warning ? Theme.warning : Theme.ink
            wrapMode: Text.Wrap
            topPadding: Theme.gapTiny
            bottomPadding: Theme.gapTiny
            elide: Text.ElideNone
            Accessible.ignored: true
        }
        PlainButton {
            text: root.actionText
            font: Theme.strongFont
            restColor: root.ink
            visible: text !== ""
            onClicked: root.actionTriggered()
        }
        IconButton {
            visible: root.closable
            icon.name: "close"
            restColor: root.ink
            text: qsTr("Close")
            onClicked: root.closeRequested()
        }
    }
}
