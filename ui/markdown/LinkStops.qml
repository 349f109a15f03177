pragma ComponentBehavior: Bound
// Where the keyboard and screen readers meet the links and citations within a text.
import QtQuick

Item {
    id: stops

    required property var sheet

    Repeater {
        model: stops.sheet.links
        delegate: Item {
            id: stop

            required property int index
            required property var modelData

            x: modelData.rect.x - stops.sheet.contentX
            y: modelData.rect.y
            width: modelData.rect.width
            height: modelData.rect.height
            activeFocusOnTab: true
            Accessible.role: modelData.citation > 0 ? Accessible.Button : Accessible.Link
            Accessible.name: modelData.citation > 0 ? qsTr("Citation %1").arg(modelData.citation) : modelData.text
            Accessible.description: modelData.url
            Accessible.focusable: true
            Accessible.onPressAction: stops.sheet.activate(index)
            Keys.onReturnPressed: stops.sheet.activate(index)
            Keys.onEnterPressed: stops.sheet.activate(index)
            Keys.onSpacePressed: stops.sheet.activate(index)

            FocusOutline {
                shown: stop.activeFocus
            }
        }
    }
}
