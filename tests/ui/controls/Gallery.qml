// Every control once, in the states that a picture can show.
import QtQuick
import QtQuick.Layouts
import Alcove.Controls

Rectangle {
    id: root

    required property bool dark
    required property bool contrast
    required property real textScale
    required property bool mirrored
    required property list<string> iconNames

    width: 1440
    height: 900
    color: Theme.background
    LayoutMirroring.enabled: mirrored
    LayoutMirroring.childrenInherit: true
    Component.onCompleted: {
        Theme.dark = dark;
        Theme.highContrast = contrast;
        Theme.textScale = textScale;
    }

    /// Once the window is there: what needs one.
    function begin(): void {
        toast.show("“Compare the two offers” was deleted", "Undo");
        menu.open();
        focused.forceActiveFocus(Qt.TabFocusReason);
    }

    RowLayout {
        anchors.fill: parent
        spacing: 0
        Rectangle {
            Layout.fillHeight: true
            Layout.preferredWidth: Theme.sidebarWidth
            color: Theme.sidebar
            ColumnLayout {
                anchors.fill: parent
                anchors.margins: Theme.gapSmall + 2
                spacing: 0
                RowLayout {
                    Layout.margins: Theme.gapSmall
                    spacing: Theme.gapSmall
                    Icon {
                        name: "logo"
                        size: 20 * Theme.textScale
                        color: Theme.accent
                    }
                    Heading {
                        text: "Alcove"
                    }
                }
                CardButton {
                    Layout.fillWidth: true
                    icon.name: "new"
                    text: "New chat"
                    note: "Ctrl N"
                }
                SidebarItem {
                    Layout.fillWidth: true
                    Layout.topMargin: Theme.gapSmall
                    icon.name: "search"
                    text: "Search"
                    note: "Ctrl K"
                    quiet: true
                }
                SectionLabel {
                    text: "Today"
                }
                SidebarItem {
                    Layout.fillWidth: true
                    text: "Notice period in the lease"
                    current: true
                }
                SidebarItem {
                    Layout.fillWidth: true
                    text: "Draft reply to the insurer"
                    editing: true
                }
                SectionLabel {
                    text: "Documents"
                }
                SidebarItem {
                    Layout.fillWidth: true
                    icon.name: "folder"
                    text: "Rental contracts"
                    count: 38
                }
                SidebarItem {
                    Layout.fillWidth: true
                    icon.name: "folder"
                    text: "Case files 2026"
                    count: 1204
                    progress: 0.62
                }
                SidebarItem {
                    Layout.fillWidth: true
                    icon.name: "folder"
                    text: "Manuals, a very long name"
                    count: 12
                    trailing: IconButton {
                        icon.name: "more"
                        text: "More"
                    }
                }
                Item {
                    Layout.fillHeight: true
                }
                SidebarItem {
                    Layout.fillWidth: true
                    icon.name: "model"
                    text: "Models"
                    note: "Qwen3 4B"
                }
                SidebarItem {
                    id: focused
                    Layout.fillWidth: true
                    icon.name: "settings"
                    text: "Settings"
                }
                Note {
                    Layout.margins: Theme.gapSmall
                    text: "Everything stays on this computer"
                }
            }
        }
        Divider {
            Layout.fillHeight: true
        }
        ColumnLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.margins: Theme.gapLarge
            spacing: Theme.gap
            LargeTitle {
                text: "What would you like to know?"
            }
            Title {
                text: "Case files 2026"
            }
            Body {
                text: "1,204 documents · folder watched · 748 ready"
                color: Theme.muted
            }
            RowLayout {
                spacing: Theme.gapSmall
                PrimaryButton {
                    text: "Download"
                }
                OutlineButton {
                    text: "In use"
                }
                OutlineButton {
                    text: "Not now"
                    enabled: false
                }
                IconButton {
                    icon.name: "thumb-up"
                    text: "Good answer"
                }
                IconButton {
                    icon.name: "thumb-down"
                    text: "Bad answer"
                    checkable: true
                    checked: true
                }
                RoundButton {}
                RoundButton {
                    busy: true
                }
                Spinner {}
            }
            RowLayout {
                spacing: Theme.gap
                PlainButton {
                    text: "Copy"
                }
                PlainButton {
                    text: "Try again"
                    icon.name: "retry"
                }
                PlainButton {
                    text: "Show more"
                }
            }
            RowLayout {
                spacing: Theme.gapSmall
                Pill {
                    icon.name: "folder"
                    text: "Rental contracts"
                    filled: true
                    closable: true
                }
                Pill {
                    icon.name: "folder"
                    text: "Manuals"
                    filled: true
                }
                Pill {
                    icon.name: "paperclip"
                    text: "Add"
                }
                Pill {
                    text: "Qwen3 4B"
                    chevron: true
                }
            }
            RowLayout {
                spacing: Theme.gapMedium
                Switch {
                    checked: true
                }
                Switch {}
                Check {
                    text: "Watch it"
                    checked: true
                }
                Check {
                    text: "All"
                    tristate: true
                    checkState: Qt.PartiallyChecked
                }
                Radio {
                    text: "Light"
                    checked: true
                }
                Radio {
                    text: "Dark"
                }
            }
            RowLayout {
                spacing: Theme.gapMedium
                Slider {
                    value: 0.4
                }
                ProgressLine {
                    value: 0.4
                }
                ProgressLine {
                    value: -1
                }
                Select {
                    model: ["English", "Deutsch", "Français"]
                }
            }
            RowLayout {
                spacing: Theme.gapMedium
                SearchField {
                    text: "deposit"
                }
                TextInputField {
                    placeholderText: "Name"
                }
                TextInputField {
                    text: "no such"
                    invalid: true
                }
            }
            Item {
                Layout.fillWidth: true
                Layout.preferredHeight: composer.implicitHeight + 2 * Theme.gapMedium
                FloatingGround {
                    anchors.fill: parent
                    radius: Theme.radiusComposer
                    TextBox {
                        id: composer
                        anchors.fill: parent
                        anchors.margins: Theme.gapMedium
                        framed: false
                        placeholderText: "Ask about Rental contracts, or anything else"
                    }
                }
            }
            Banner {
                Layout.fillWidth: true
                text: "The model stopped: there is not enough memory for it. Your question is kept."
                actionText: "Choose a smaller model"
            }
            Banner {
                Layout.fillWidth: true
                warning: false
                closable: true
                text: "Two files are still being read."
            }
            Item {
                Layout.fillHeight: true
            }
            Toast {
                id: toast
                Layout.alignment: Qt.AlignHCenter
            }
        }
        ColumnLayout {
            Layout.preferredWidth: 340 * Theme.textScale
            Layout.fillWidth: false
            Layout.fillHeight: true
            Layout.margins: Theme.gapMedium
            spacing: Theme.gap
            Card {
                Layout.fillWidth: true
                contentItem: ColumnLayout {
                    spacing: Theme.gapTiny
                    Heading {
                        text: "Gemma 3 4B"
                    }
                    Note {
                        text: "Writing, sees images · 2.5 GB"
                    }
                }
            }
            SuggestionCard {
                Layout.preferredWidth: 200 * Theme.textScale
                text: "Rewrite a letter"
                detail: "Paste it and say how it should sound"
            }
            TableHeader {
                Layout.fillWidth: true
                HeaderCell {
                    Layout.fillWidth: true
                    text: "Name"
                }
                HeaderCell {
                    Layout.preferredWidth: 80 * Theme.textScale
                    text: "Pages"
                }
            }
            TableRow {
                Layout.fillWidth: true
                Layout.topMargin: -Theme.gap
                text: "Offer v2.docx"
                Body {
                    Layout.fillWidth: true
                    text: "Offer v2.docx"
                }
                Note {
                    Layout.preferredWidth: 80 * Theme.textScale
                    text: "9"
                    font: Theme.figuresNoteFont
                }
            }
            TableRow {
                Layout.fillWidth: true
                Layout.topMargin: -Theme.gap
                text: "Backup.zip.pdf"
                current: true
                Body {
                    Layout.fillWidth: true
                    text: "Backup.zip.pdf"
                }
                Body {
                    Layout.preferredWidth: 80 * Theme.textScale
                    text: "Locked"
                    font: Theme.mediumNoteFont
                    color: Theme.warning
                }
            }
            EmptyState {
                Layout.fillWidth: true
                iconName: "document"
                text: "Drop files or folders anywhere in this window."
                actionText: "Add a folder"
            }
            Item {
                id: place
                Layout.fillHeight: true
            }
            MenuPanel {
                id: menu
                parent: place
                closePolicy: MenuPanel.NoAutoClose
                MenuEntry {
                    icon.name: "edit"
                    text: "Rename"
                    shortcutText: "F2"
                    highlighted: true
                }
                MenuEntry {
                    icon.name: "pin"
                    text: "Pin"
                }
                MenuDivider {}
                MenuEntry {
                    icon.name: "trash"
                    text: "Delete"
                    shortcutText: "Del"
                    grave: true
                }
            }
        }
    }
}
