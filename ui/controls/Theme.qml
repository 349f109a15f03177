pragma Singleton
// Every colour, size and duration of the window. Pages take them from here alone.
import QtQuick

QtObject {
    /// What the user chose; the window sets them.
    property bool dark: false
    property bool highContrast: false
    property bool reduceMotion: false
    property real textScale: 1.0

    readonly property color background: dark ? (highContrast ? "#000000" : "#1B1C1E") : (highContrast ? "#FFFFFF" : "#FAF9F7")
    readonly property color sidebar: dark ? (highContrast ? "#000000" : "#151618") : (highContrast ? "#FFFFFF" : "#F1EFEB")
    readonly property color card: dark ? (highContrast ? "#000000" : "#242629") : "#FFFFFF"
    readonly property color ink: dark ? (highContrast ? "#FFFFFF" : "#E8E6E1") : (highContrast ? "#000000" : "#1F2328")
    readonly property color muted: highContrast ? ink : dark ? "#A6AAAF" : "#5C6066"
    readonly property color faint: highContrast ? ink : dark ? "#8B9096" : "#62666C"
    readonly property color line: highContrast ? ink : dark ? "#33363A" : "#E4E1DB"
    readonly property color accent: dark ? "#5FBFA4" : "#1F6F5C"
    readonly property color softAccent: dark ? "#1E3A33" : "#E1EFEA"
    /// Text and icons on the accent.
    readonly property color accentInk: dark ? "#151618" : "#FFFFFF"
    readonly property color markedText: dark ? "#5A4A16" : "#FFE9A8"
    readonly property color warning: dark ? "#E59A63" : "#9E4812"
    readonly property color softWarning: dark ? "#3A2A1E" : "#FBEBDD"
    readonly property color ownMessage: dark ? "#2C2F33" : "#ECE9E3"
    readonly property color code: dark ? "#202225" : "#F5F3EF"
    readonly property color selection: dark ? "#2B5548" : "#CBE3DA"

    // Code, each at least 4.5 : 1 on its ground; in the order of the highlighter's kinds.
    readonly property color codeComment: dark ? "#9298A0" : "#65696F"
    readonly property color codeString: dark ? "#A3C48A" : "#41682C"
    readonly property color codeNumber: dark ? "#E0A878" : "#94480F"
    readonly property color codeKeyword: dark ? "#D79BC0" : "#8A3B6B"
    readonly property color codeType: dark ? "#8FBCE6" : "#2A608C"
    readonly property color codeFunction: dark ? "#BBA6EE" : "#6349A0"
    readonly property color codeAttribute: dark ? "#D6BB6A" : "#735600"
    readonly property color codeKey: dark ? "#86C5D8" : "#1B6476"
    readonly property color codeAdded: dark ? "#8CCB98" : "#27683A"
    readonly property color codeRemoved: dark ? "#EE9A95" : "#A33A3A"
    readonly property color codeHeading: dark ? "#5FBFA4" : "#1F6F5C"
    readonly property list<color> codeColors: [codeComment, codeString, codeNumber, codeKeyword, codeType, codeFunction, codeAttribute, codeKey, codeAdded, codeRemoved, codeHeading]

    /// A page of a document is paper in the dark too.
    readonly property color paper: "#FFFFFF"
    readonly property color paperInk: "#1F2328"
    readonly property color markedPaper: "#FFE9A8"
    readonly property color shadow: dark ? "#66000000" : "#1A1F2328"
    /// Laid over any ground under the pointer, and while pressed.
    readonly property color hovered: dark ? (highContrast ? "#40FFFFFF" : "#0DFFFFFF") : (highContrast ? "#1A000000" : "#0A1F2328")
    readonly property color pressed: dark ? (highContrast ? "#59FFFFFF" : "#1AFFFFFF") : (highContrast ? "#26000000" : "#141F2328")
    /// Over the accent.
    readonly property color accentHovered: dark ? "#6FCBB1" : "#1A6150"
    readonly property color accentPressed: dark ? "#7FD4BC" : "#165344"
    /// The rest of a progress line, the ground of a switch that is off.
    readonly property color track: highContrast ? (dark ? "#5A5A5A" : "#BDBDBD") : dark ? "#3D4044" : "#DCD8D1"
    /// What slides in a switch that is off.
    readonly property color knob: dark ? "#E8E6E1" : "#FFFFFF"
    /// Behind a panel that covers the window.
    readonly property color veil: dark ? "#8C000000" : "#591F2328"
    readonly property real disabledOpacity: 0.5

    /// Names of our own: what the system has of the same name is another version.
    readonly property string family: "Inter Alcove"
    readonly property string figuresFamily: "Inter Tabular"
    readonly property string monoFamily: "JetBrains Mono Alcove"
    // Whole pixels: Qt draws no others.
    readonly property int readingSize: Math.round(15 * textScale)
    readonly property real readingLine: 24 * textScale
    readonly property int listSize: Math.round(14 * textScale)
    readonly property int noteSize: Math.round(12.5 * textScale)
    readonly property int codeSize: Math.round(13.5 * textScale)
    readonly property int titleSize: Math.round(22 * textScale)
    readonly property int largeTitleSize: Math.round(28 * textScale)
    /// Of the six levels of headings within an answer.
    readonly property list<real> headingSizes: [titleSize, Math.round(19 * textScale), Math.round(17 * textScale), readingSize, readingSize, readingSize]
    /// Letters of titles stand closer, in parts of their size.
    readonly property real titleTracking: -0.02

    readonly property font readingFont: textFont(readingSize, Font.Normal)
    readonly property font bodyFont: textFont(listSize, Font.Normal)
    readonly property font mediumFont: textFont(listSize, Font.Medium)
    readonly property font strongFont: textFont(listSize, Font.DemiBold)
    readonly property font headingFont: textFont(readingSize, Font.DemiBold)
    readonly property font noteFont: textFont(noteSize, Font.Normal)
    readonly property font mediumNoteFont: textFont(noteSize, Font.Medium)
    readonly property font titleFont: tracked(titleSize)
    readonly property font largeTitleFont: tracked(largeTitleSize)
    readonly property font codeFont: Qt.font({family: monoFamily, pixelSize: codeSize})
    /// Digits of one width, for counters and tables.
    readonly property font figuresFont: Qt.font({family: figuresFamily, pixelSize: listSize})
    readonly property font figuresNoteFont: Qt.font({family: figuresFamily, pixelSize: noteSize})

    readonly property int gapTiny: 4
    readonly property int gapSmall: 8
    readonly property int gap: 12
    readonly property int gapMedium: 16
    readonly property int gapLarge: 24
    readonly property int gapHuge: 40

    readonly property int paragraphGap: 10
    readonly property int listIndent: 24

    readonly property int radiusRow: 8
    readonly property int radiusButton: 10
    readonly property int radiusCard: 14
    readonly property int radiusComposer: 18

    readonly property real iconSize: 16 * textScale
    /// Heights of buttons, fields and rows; of chips and quiet buttons; of tables' rows.
    readonly property real controlHeight: 36 * textScale
    readonly property real smallHeight: 28 * textScale
    readonly property real tableHeight: 43 * textScale
    readonly property real hairline: 1
    readonly property real thinLine: 3
    /// Of what floats.
    readonly property int shadowReach: 18
    readonly property int shadowDrop: 4
    readonly property int focusWidth: 2
    readonly property int duration: reduceMotion ? 0 : 150
    /// Milliseconds: until a tip shows, and as long as an offer to undo stays.
    readonly property int tipDelay: 600
    readonly property int toastTime: 8000

    readonly property int sidebarWidth: 256
    readonly property int readingWidth: 720
    readonly property int panelWidth: 400
    /// The sidebar is a drawer in a window that is narrower.
    readonly property int drawerBelow: 720
    /// The composer before anything is asked; cards stand one below the other under this width.
    readonly property int startWidth: 616
    readonly property int narrowCards: 520
    /// Above and below a conversation.
    readonly property real headerHeight: 52 * textScale
    readonly property real footerHeight: 42 * textScale

    /// True when the language is read from right to left.
    readonly property bool mirrored: Application.layoutDirection === Qt.RightToLeft

    function textFont(pixels: int, weight: int): font {
        return Qt.font({family: family, pixelSize: pixels, weight: weight});
    }

    function tracked(pixels: int): font {
        return Qt.font({family: family, pixelSize: pixels, weight: Font.DemiBold,
                        letterSpacing: pixels * titleTracking});
    }
}
