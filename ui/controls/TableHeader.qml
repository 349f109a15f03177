// The names of a table's columns above a line; its children are HeaderCell with the widths that the rows have.
import QtQuick
import QtQuick.Layouts

Item {
    default property alias cells: row.data

    implicitWidth: row.implicitWidth + 2 * Theme.gap
    implicitHeight: Theme.tableHeight

    RowLayout {
        id: row
        anchors.fill: parent
        anchors.leftMargin: Theme.gap
        anchors.rightMargin: Theme.gap
        spacing: Theme.gap
    }
    Divider {
        width: parent.width
        anchors.bottom: parent.bottom
    }
}
