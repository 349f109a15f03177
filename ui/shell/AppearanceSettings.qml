import QtQuick
import QtQuick.Layouts
import Alcove.Controls
import Alcove.Shell

ColumnLayout {
    id: root

    required property Preferences preferences

    spacing: Theme.gap

    Heading {
        text: qsTr("Appearance")
    }
    RowLayout {
        spacing: Theme.gapLarge
        Radio {
            text: qsTr("As the system")
            checked: root.preferences.appearance === Preferences.System
            onClicked: root.preferences.appearance = Preferences.System
        }
        Radio {
            text: qsTr("Light")
            checked: root.preferences.appearance === Preferences.Light
            onClicked: root.preferences.appearance = Preferences.Light
        }
        Radio {
            text: qsTr("Dark")
            checked: root.preferences.appearance === Preferences.Dark
            onClicked: root.preferences.appearance = Preferences.Dark
        }
    }
    RowLayout {
        spacing: Theme.gapMedium
        Body {
            text: qsTr("Size of text")
        }
        IconButton {
            icon.name: "minus"
            text: qsTr("Smaller text")
            onClicked: root.preferences.stepTextScale(-1)
        }
        Body {
            text: qsTr("%1 %").arg(Math.round(root.preferences.textScale * 100))
            font: Theme.figuresFont
        }
        IconButton {
            icon.name: "new"
            text: qsTr("Larger text")
            onClicked: root.preferences.stepTextScale(1)
        }
    }
    Switch {
        text: qsTr("High contrast")
        checked: root.preferences.highContrast
        onToggled: root.preferences.highContrast = checked
    }
    Switch {
        text: qsTr("Less motion")
        checked: root.preferences.reduceMotion
        onToggled: root.preferences.reduceMotion = checked
    }
}
