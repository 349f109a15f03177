// "‹ 1 of 2 ›": the versions of a question or an answer.
import QtQuick
import QtQuick.Layouts
import Alcove.Controls

RowLayout {
    id: root

    required property int version
    required property int versions
    signal chosen(int version)

    visible: versions > 1
    spacing: 0

    IconButton {
        icon.name: "chevron-left"
        iconSize: Theme.iconSize * 0.75
        text: qsTr("Earlier version")
        enabled: root.version > 0
        onClicked: root.chosen(root.version - 1)
    }
    Note {
        text: qsTr("%1 of %2").arg(root.version + 1).arg(root.versions)
        font: Theme.figuresNoteFont
    }
    IconButton {
        icon.name: "chevron-right"
        iconSize: Theme.iconSize * 0.75
        text: qsTr("Later version")
        enabled: root.version + 1 < root.versions
        onClicked: root.chosen(root.version + 1)
    }
}
