// Which model answers, and a menu of those that could.
pragma ComponentBehavior: Bound
import QtQuick
import Alcove.Chat
import Alcove.Controls

Pill {
    id: root

    required property ModelChoices models

    text: models.currentName
    chevron: true
    tip: models.problem
    Accessible.name: qsTr("Model: %1").arg(models.currentName)
    onClicked: menu.popup(root, 0, -menu.implicitHeight - Theme.gapTiny)

    MenuPanel {
        id: menu

        Instantiator {
            model: root.models
            delegate: MenuEntry {
                required property int index
                required property string name
                required property string place
                text: place === "" ? name : qsTr("%1 on %2").arg(name).arg(place)
                checkable: true
                checked: index === root.models.currentRow
                onTriggered: root.models.choose(index)
            }
            onObjectAdded: (index, object) => menu.insertItem(index, object)
            onObjectRemoved: (index, object) => menu.removeItem(object)
        }
    }
}
