// How Alcove looks, and its keys.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Alcove.Controls
import Alcove.Shell

Flickable {
    id: root

    required property Preferences preferences
    readonly property real column: Math.min(Theme.readingWidth, width - 2 * Theme.gapLarge)

    contentWidth: width
    contentHeight: content.implicitHeight + 2 * Theme.gapLarge
    clip: true
    boundsBehavior: Flickable.StopAtBounds
    T.ScrollBar.vertical: Scroller {}

    ColumnLayout {
        id: content
        x: (root.width - width) / 2
        y: Theme.gapLarge
        width: root.column
        spacing: Theme.gapLarge

        Title {
            text: qsTr("Settings")
        }
        Banner {
            Layout.fillWidth: true
            visible: root.preferences.problem !== ""
            text: root.preferences.problem
        }
        AppearanceSettings {
            Layout.fillWidth: true
            preferences: root.preferences
        }
        KeyList {
            Layout.fillWidth: true
        }
    }
}
