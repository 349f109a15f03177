// An icon and a text in a row, as buttons and chips have them.
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T

Item {
    id: root

    required property T.AbstractButton button
    property color color: button.icon.color
    property bool chevron: false
    property bool centered: true

    implicitWidth: row.implicitWidth
    implicitHeight: row.implicitHeight

    RowLayout {
        id: row
        anchors.verticalCenter: parent.verticalCenter
        anchors.horizontalCenter: root.centered ? parent.horizontalCenter : undefined
        anchors.left: root.centered ? undefined : parent.left
        width: Math.min(implicitWidth, parent.width)
        spacing: root.button.spacing
        Icon {
            name: root.button.icon.name
            color: root.color
            visible: name !== ""
        }
        Body {
            Layout.fillWidth: true
            text: root.button.text
            font: root.button.font
            color: root.color
            visible: text !== ""
            Accessible.ignored: true
        }
        Icon {
            name: "chevron-down"
            color: root.color
            visible: root.chevron
        }
    }
}
