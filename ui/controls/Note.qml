// Small and quiet: what explains, counts, dates.
import QtQuick

Body {
    color: Theme.muted
    font: Theme.noteFont
}
