// A row of a table with a line below; its children are laid out from the start. Pages give the names of columns
// the same widths (Layout.preferredWidth).
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T

T.ItemDelegate {
    id: root

    default property alias cells: row.data
    property bool current: false
    signal menuRequested

    implicitWidth: row.implicitWidth + 2 * Theme.gap
    implicitHeight: Math.max(Theme.tableHeight, row.implicitHeight + Theme.gapSmall)
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Keys.onReturnPressed: clicked()
    Keys.onEnterPressed: clicked()
    Keys.onMenuPressed: menuRequested()
    Accessible.role: Accessible.ListItem
    Accessible.name: text
    Accessible.selectable: true
    Accessible.onPressAction: clicked()
    Accessible.selected: current
    TapHandler {
        acceptedButtons: Qt.RightButton
        onTapped: root.menuRequested()
    }
    RowLayout {
        id: row
        anchors.fill: parent
        anchors.leftMargin: Theme.gap
        anchors.rightMargin: Theme.gap
        spacing: Theme.gap
    }
    background: Rectangle {
        color: root.current ? Theme.softAccent : root.down ? Theme.pressed : root.hovered ? Theme.hovered : "transparent"
        Divider {
            width: parent.width
            anchors.bottom: parent.bottom
        }
        FocusFrame {
            control: root
            gap: -Theme.focusWidth
            radius: Theme.radiusRow
        }
    }
}
