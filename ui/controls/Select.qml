// One of a list that opens below.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T

T.ComboBox {
    id: root

    property string label

    implicitWidth: Math.max(160 * Theme.textScale, implicitContentWidth + leftPadding + rightPadding)
    implicitHeight: Theme.controlHeight
    implicitContentWidthPolicy: T.ComboBox.WidestText
    leftPadding: Theme.gap
    rightPadding: Theme.gap
    font: Theme.bodyFont
    hoverEnabled: true
    opacity: enabled ? 1 : Theme.disabledOpacity
    // When the key is let go: at that moment Qt would close what pressing it opened.
    Keys.onReleased: event => {
        event.accepted = !popup.visible && (event.key === Qt.Key_Return || event.key === Qt.Key_Enter);
        if (event.accepted) popup.open();
    }
    Accessible.role: Accessible.ComboBox
    Accessible.name: label
    Accessible.description: displayText
    contentItem: RowLayout {
        spacing: Theme.gapSmall
        Body {
            Layout.fillWidth: true
            text: root.displayText
            font: root.font
            Accessible.ignored: true
        }
        Icon {
            name: "chevron-down"
            color: Theme.muted
        }
    }
    background: Rectangle {
        radius: Theme.radiusButton
        color: Theme.card
        border.width: Theme.hairline
        border.color: Theme.line
        Rectangle {
            anchors.fill: parent
            radius: parent.radius
            color: root.down ? Theme.pressed : root.hovered ? Theme.hovered : "transparent"
        }
        FocusFrame {
            control: root
        }
    }
    delegate: SelectEntry {
        required property int index
        required property var model
        required property var modelData
        width: ListView.view ? ListView.view.width : implicitWidth
        text: root.textAt(index)
        chosen: root.currentIndex === index
        highlighted: root.highlightedIndex === index
    }
    popup: T.Popup {
        y: root.height + Theme.gapTiny
        width: root.width
        implicitHeight: Math.min(contentItem.implicitHeight, 320 * Theme.textScale) + topPadding + bottomPadding
        padding: Theme.gapTiny + 2
        margins: Theme.gapSmall
        background: FloatingGround {
            radius: Theme.radiusButton
        }
        contentItem: ListView {
            implicitHeight: contentHeight
            clip: true
            model: root.delegateModel
            currentIndex: root.highlightedIndex
            boundsBehavior: Flickable.StopAtBounds
            T.ScrollBar.vertical: Scroller {}
        }
    }
}
