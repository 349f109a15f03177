// An answer: its thought folded above, its text, what became of it, what can be done with it.
import QtQuick
import QtQuick.Layouts
import Alcove.Controls
import Alcove.Markdown

FocusScope {
    id: root

    required property string text
    required property string thought
    required property string thoughtLine
    required property bool growing
    required property string error
    required property string note
    required property int version
    required property int versions
    required property int rating
    required property string speed
    property bool last: false
    property bool editable: true
    signal copied
    signal retried
    signal rated(int rating)
    signal versionChosen(int version)
    signal linkActivated(string link)

    implicitHeight: column.implicitHeight
    Accessible.role: Accessible.StaticText
    Accessible.name: growing ? qsTr("The answer is being written") : qsTr("Answer")

    HoverHandler {
        id: hover
    }
    ColumnLayout {
        id: column
        width: root.width
        spacing: Theme.gapSmall

        ThoughtFold {
            Layout.fillWidth: true
            line: root.thoughtLine
            thought: root.thought
        }
        Spinner {
            running: root.growing && root.text === ""
            label: qsTr("The model reads the question")
        }
        MarkdownView {
            Layout.fillWidth: true
            visible: root.text !== ""
            content: MarkdownModel {
                text: root.text
                streaming: root.growing
            }
            onLinkActivated: link => root.linkActivated(link)
        }
        Banner {
            Layout.fillWidth: true
            visible: root.error !== ""
            text: root.error
            actionText: root.editable ? qsTr("Try again") : ""
            onActionTriggered: root.retried()
        }
        Note {
            visible: root.note !== ""
            text: root.note
        }
        AnswerActions {
            Layout.leftMargin: -Theme.gapSmall
            visible: !root.growing
            opacity: hover.hovered || root.activeFocus || root.last ? 1 : 0
            version: root.version
            versions: root.versions
            rating: root.rating
            speed: root.speed
            editable: root.editable
            onCopied: root.copied()
            onRetried: root.retried()
            onRated: rating => root.rated(rating)
            onVersionChosen: version => root.versionChosen(version)
        }
    }
}
