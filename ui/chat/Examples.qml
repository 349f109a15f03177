// Three ways to begin.
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Alcove.Controls

GridLayout {
    id: root

    signal chosen(string text)

    columns: width < Theme.narrowCards ? 1 : 3
    columnSpacing: Theme.gapSmall + 2
    rowSpacing: Theme.gapSmall

    Repeater {
        model: [
            {title: qsTr("Draft a letter"), detail: qsTr("Say to whom, and what it is about"), text: qsTr("Write a short, polite letter to my landlord: the heating in my flat has been cold for a week, and I ask for a repair.")},
            {title: qsTr("Rewrite a letter"), detail: qsTr("Paste it and say how it should sound"), text: qsTr("Rewrite this so that it sounds friendly and clear:\n\n")},
            {title: qsTr("Explain this code"), detail: qsTr("Paste a function that puzzles you"), text: qsTr("Explain what this code does, step by step:\n\n")}]
        delegate: SuggestionCard {
            required property var modelData
            Layout.fillWidth: true
            Layout.preferredWidth: 1
            text: modelData.title
            detail: modelData.detail
            onClicked: root.chosen(modelData.text)
        }
    }
}
