// Something to begin with: a card with a title and a sentence.
import QtQuick
import QtQuick.Layouts

ButtonBase {
    id: root

    property string detail

    padding: Theme.gapMedium
    font: Theme.strongFont
    Accessible.description: detail
    contentItem: ColumnLayout {
        spacing: Theme.gapTiny
        Body {
            Layout.fillWidth: true
            text: root.text
            font: root.font
            Accessible.ignored: true
        }
        Note {
            Layout.fillWidth: true
            Layout.fillHeight: true
            text: root.detail
            font: Theme.bodyFont
            wrapMode: Text.Wrap
            visible: text !== ""
            Accessible.ignored: true
        }
    }
    background: ButtonGround {
        button: root
        radius: Theme.radiusCard
        color: Theme.card
        border.width: Theme.hairline
    }
}
