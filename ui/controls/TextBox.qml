// Several lines to write: it grows with the text up to `maximumLines`, then scrolls. With `submitOnEnter`
// Enter sends `accepted`, and Shift Enter begins a line.
import QtQuick
import QtQuick.Templates as T

FocusScope {
    id: root

    property alias text: area.text
    property alias placeholderText: area.placeholderText
    property alias cursorPosition: area.cursorPosition
    property alias readOnly: area.readOnly
    property alias font: area.font
    property alias area: area
    property string label: placeholderText
    property int minimumLines: 1
    property int maximumLines: 8
    property bool framed: true
    property bool invalid: false
    property bool submitOnEnter: false
    property real padding: framed ? Theme.gapSmall : 0
    readonly property real lineHeight: metrics.height
    signal accepted

    function enter(event: KeyEvent): void {
        const sends = submitOnEnter && !(event.modifiers & (Qt.ShiftModifier | Qt.AltModifier));
        event.accepted = sends;
        if (sends) accepted();
    }
    function clear(): void {
        area.clear();
    }

    implicitWidth: 200 * Theme.textScale
    implicitHeight: Math.max(minimumLines * lineHeight, Math.min(area.contentHeight, maximumLines * lineHeight)) + 2 * padding
    opacity: enabled ? 1 : Theme.disabledOpacity

    FontMetrics {
        id: metrics
        font: area.font
    }
    FieldGround {
        anchors.fill: parent
        field: area
        invalid: root.invalid
        visible: root.framed
    }
    Flickable {
        anchors.fill: parent
        anchors.margins: root.padding
        anchors.leftMargin: root.framed ? Theme.gap : 0
        anchors.rightMargin: root.framed ? Theme.gapTiny : 0
        clip: contentHeight > height
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: Scroller {}
        T.TextArea.flickable: T.TextArea {
            id: area
            focus: true
            rightPadding: Theme.gapSmall
            font: Theme.readingFont
            color: Theme.ink
            placeholderTextColor: Theme.faint
            selectionColor: Theme.selection
            selectedTextColor: Theme.ink
            wrapMode: TextEdit.Wrap
            textFormat: TextEdit.PlainText
            selectByMouse: true
            activeFocusOnTab: true
            KeyNavigation.priority: KeyNavigation.BeforeItem
            Keys.onReturnPressed: event => root.enter(event)
            Keys.onEnterPressed: event => root.enter(event)
            Accessible.role: Accessible.EditableText
            Accessible.multiLine: true
            Accessible.name: root.label

            Body {
                width: parent.width
                text: area.placeholderText
                font: area.font
                color: area.placeholderTextColor
                visible: area.length === 0 && area.preeditText === ""
                Accessible.ignored: true
            }
        }
    }
}
