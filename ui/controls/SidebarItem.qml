// A row of the sidebar: a chat, a collection, a page. It can be renamed in place and show a thin progress line.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T

T.ItemDelegate {
    id: root

    property alias iconName: root.icon.name
    /// At the end of the row; a count is set with the marks of thousands.
    property string note
    property int count: -1
    property bool current: false
    property bool editing: false
    /// Quiet, like a hint: "Search".
    property bool quiet: false
    /// 0 to 1; less shows nothing.
    property real progress: -1
    /// At the end, after the note: a button that appears with the pointer, say.
    property Component trailing: null
    readonly property string ending: count < 0 ? note : count.toLocaleString(Qt.locale(), "f", 0)
    signal renamed(string name)
    signal renameCancelled
    signal menuRequested

    implicitWidth: Theme.sidebarWidth - 2 * Theme.gapSmall
    implicitHeight: Theme.controlHeight + (progress < 0 ? 0 : Theme.gap)
    leftPadding: Theme.gap
    rightPadding: Theme.gap
    bottomPadding: progress < 0 ? 0 : Theme.gap
    spacing: Theme.gapSmall
    font: Theme.bodyFont
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    icon.color: quiet ? Theme.muted : Theme.ink
    opacity: enabled ? 1 : Theme.disabledOpacity

    Keys.onReturnPressed: clicked()
    Keys.onEnterPressed: clicked()
    Keys.onMenuPressed: menuRequested()
    Keys.onPressed: event => {
        event.accepted = event.key === Qt.Key_F10 && (event.modifiers & Qt.ShiftModifier);
        if (event.accepted) menuRequested();
    }
    Accessible.role: Accessible.ListItem
    Accessible.name: text
    Accessible.description: ending
    Accessible.selectable: true
    Accessible.onPressAction: clicked()
    Accessible.selected: current

    TapHandler {
        acceptedButtons: Qt.RightButton
        onTapped: root.menuRequested()
    }
    contentItem: RowLayout {
        spacing: root.spacing
        Icon {
            name: root.icon.name
            color: root.icon.color
            visible: name !== ""
        }
        Body {
            Layout.fillWidth: true
            text: root.text
            color: root.icon.color
            visible: !root.editing
            Accessible.ignored: true
        }
        Item {
            Layout.fillWidth: true
            implicitHeight: Theme.smallHeight
            visible: root.editing
            // Not a Loader: Qt 6.4 cannot load bound components with it.
            Repeater {
                model: root.editing ? 1 : 0
                delegate: NameField {
                    width: parent ? parent.width : 0
                    anchors.verticalCenter: parent ? parent.verticalCenter : undefined
                    name: root.text
                    label: qsTr("New name of %1").arg(root.text)
                    onNamed: name => root.renamed(name)
                    onCancelled: root.renameCancelled()
                }
            }
        }
        Note {
            text: root.ending
            font: Theme.figuresNoteFont
            color: Theme.faint
            visible: text !== "" && !root.editing
            Accessible.ignored: true
        }
        Loader {
            active: root.trailing !== null
            visible: active
            sourceComponent: root.trailing
        }
    }
    background: SidebarGround {
        row: root
        current: root.current
        progress: root.progress
    }
}
