// What the user asked: a soft bubble at the right, which can be changed where it stands.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Alcove.Controls

FocusScope {
    id: root

    required property string text
    required property int version
    required property int versions
    property bool editable: true
    property bool editing: false
    signal edited(string text)
    signal versionChosen(int version)
    signal copied

    function take(words: string): void {
        editing = false;
        edited(words);
    }

    readonly property real most: width * 0.85

    implicitHeight: column.implicitHeight
    Accessible.role: Accessible.StaticText
    Accessible.name: qsTr("You asked: %1").arg(text)

    HoverHandler {
        id: hover
    }
    ColumnLayout {
        id: column
        width: root.width
        spacing: Theme.gapTiny

        Rectangle {
            Layout.alignment: Qt.AlignRight
            Layout.preferredWidth: root.editing ? root.most : Math.min(root.most, words.implicitWidth + 2 * Theme.gapMedium)
            implicitHeight: root.editing ? editor.implicitHeight : words.implicitHeight + 2 * Theme.gap - Theme.gapTiny
            radius: Theme.radiusCard
            color: Theme.ownMessage

            Rectangle {
                anchors.right: parent.right
                anchors.bottom: parent.bottom
                width: Theme.radiusCard
                height: Theme.radiusCard
                radius: Theme.gapTiny
                color: parent.color
            }
            TextEdit {
                id: words
                anchors.fill: parent
                anchors.margins: Theme.gapMedium
                anchors.topMargin: Theme.gap - Theme.gapTiny / 2
                anchors.bottomMargin: Theme.gap - Theme.gapTiny / 2
                visible: !root.editing
                text: root.text
                font: Theme.readingFont
                color: Theme.ink
                selectionColor: Theme.selection
                selectedTextColor: Theme.ink
                textFormat: TextEdit.PlainText
                wrapMode: TextEdit.Wrap
                readOnly: true
                selectByMouse: true
                activeFocusOnPress: true
                Accessible.ignored: true
            }
            Item {
                id: editor
                width: parent.width
                implicitHeight: childrenRect.height
                Repeater {
                    model: root.editing ? 1 : 0
                    delegate: QuestionEditor {
                        width: editor.width
                        text: root.text
                        onTaken: text => root.take(text)
                        onCancelled: root.editing = false
                    }
                }
            }
        }
        RowLayout {
            Layout.alignment: Qt.AlignRight
            spacing: 0
            opacity: hover.hovered || root.activeFocus || root.versions > 1 ? 1 : 0
            visible: !root.editing

            VersionArrows {
                version: root.version
                versions: root.versions
                enabled: root.editable
                onChosen: version => root.versionChosen(version)
            }
            PlainButton {
                text: qsTr("Edit")
                tip: qsTr("Ask in other words; this version stays")
                enabled: root.editable
                onClicked: root.editing = true
            }
            PlainButton {
                text: qsTr("Copy")
                onClicked: root.copied()
            }
        }
    }
}
