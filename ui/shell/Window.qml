// The window: the sidebar, and the page beside it. Where there is little room the sidebar becomes a
// drawer.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Alcove.Chat
import Alcove.Controls
import Alcove.Shell

ApplicationWindow {
    id: root

    required property Context context
    readonly property bool roomy: width >= Theme.drawerBelow
    property bool settingsShown: false

    function show(conversation: double): void {
        settingsShown = false;
        context.chat.open(conversation);
        drawer.close();
        page.focusField();
    }

    function showSettings(): void {
        settingsShown = true;
        drawer.close();
    }

    width: Math.min(context.preferences.width, Screen.desktopAvailableWidth)
    height: Math.min(context.preferences.height, Screen.desktopAvailableHeight)
    minimumWidth: 360
    minimumHeight: 480
    visible: true
    title: context.chat.title === "" ? "Alcove" : qsTr("%1 – Alcove").arg(context.chat.title)
    color: Theme.background
    onClosing: context.preferences.keepSize(width, height)

    Binding {
        target: Theme
        property: "dark"
        value: root.context.preferences.dark
    }
    Binding {
        target: Theme
        property: "textScale"
        value: root.context.preferences.textScale
    }
    Binding {
        target: Theme
        property: "highContrast"
        value: root.context.preferences.highContrast
    }
    Binding {
        target: Theme
        property: "reduceMotion"
        value: root.context.preferences.reduceMotion
    }

    Commands {
        context: root.context
        onNewChat: root.show(0)
        onSearch: search.open()
        onSettings: root.settingsShown = !root.settingsShown
        onQuit: root.close()
        onSidebar: drawer.visible = !drawer.visible && !root.roomy
    }

    RowLayout {
        anchors.fill: parent
        spacing: 0

        Item {
            id: side
            Layout.fillHeight: true
            Layout.preferredWidth: Theme.sidebarWidth
            visible: root.roomy
            Repeater {
                model: root.roomy ? 1 : 0
                delegate: Sidebar {
                    anchors.fill: side
                    context: root.context
                    settingsShown: root.settingsShown
                    onChosen: conversation => root.show(conversation)
                    onSearchRequested: search.open()
                    onSettingsRequested: root.settingsShown = true
                }
            }
        }
        ColumnLayout {
            spacing: 0
            IconButton {
                Layout.margins: Theme.gapSmall
                visible: !root.roomy
                icon.name: "menu"
                text: qsTr("Show the chats")
                onClicked: drawer.open()
            }
            StackLayout {
                Layout.fillWidth: true
                Layout.fillHeight: true
                currentIndex: root.settingsShown ? 1 : 0

                ChatPage {
                    id: page
                    chat: root.context.chat
                    focus: true
                    onLinkActivated: link => leave.ask(link)
                    Component.onCompleted: focusField()
                }
                Item {
                    id: settings
                    Repeater {
                        model: root.settingsShown ? 1 : 0
                        delegate: SettingsPage {
                            anchors.fill: settings
                            preferences: root.context.preferences
                        }
                    }
                }
            }
        }
    }

    Drawer {
        id: drawer
        width: Math.min(Theme.sidebarWidth, root.width - Theme.gapHuge)
        height: root.height
        edge: Theme.mirrored ? Qt.RightEdge : Qt.LeftEdge
        interactive: !root.roomy
        padding: 0
        Repeater {
            model: root.roomy ? 0 : 1
            delegate: Sidebar {
                anchors.fill: parent
                context: root.context
                settingsShown: root.settingsShown
                onChosen: conversation => root.show(conversation)
                onSearchRequested: search.open()
                onSettingsRequested: root.showSettings()
            }
        }
        background: Rectangle {
            color: Theme.sidebar
        }
    }
    SearchPanel {
        id: search
        search: root.context.search
        onChosen: conversation => root.show(conversation)
    }
    LeaveDialog {
        id: leave
    }
    UndoToast {
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.gapLarge
        width: Math.min(implicitWidth, root.width - 2 * Theme.gapMedium)
        chats: root.context.chats
        onRestored: conversation => root.show(conversation)
    }
}
