// The quiet line under an answer.
import QtQuick
import QtQuick.Layouts
import Alcove.Controls

RowLayout {
    id: root

    required property int version
    required property int versions
    required property int rating
    required property string speed
    required property bool editable
    signal copied
    signal retried
    signal rated(int rating)
    signal versionChosen(int version)

    spacing: 0

    PlainButton {
        text: qsTr("Copy")
        onClicked: root.copied()
    }
    PlainButton {
        text: qsTr("Try again")
        enabled: root.editable
        onClicked: root.retried()
    }
    IconButton {
        icon.name: "thumb-up"
        text: qsTr("Good answer")
        checked: root.rating > 0
        onClicked: root.rated(1)
    }
    IconButton {
        icon.name: "thumb-down"
        text: qsTr("Bad answer")
        checked: root.rating < 0
        onClicked: root.rated(-1)
    }
    VersionArrows {
        version: root.version
        versions: root.versions
        enabled: root.editable
        onChosen: version => root.versionChosen(version)
    }
    Note {
        Layout.leftMargin: Theme.gapSmall
        text: root.speed
        font: Theme.figuresNoteFont
    }
}
