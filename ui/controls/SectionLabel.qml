// Stands above a group of rows.
import QtQuick

Note {
    font: Theme.mediumNoteFont
    leftPadding: Theme.gap
    rightPadding: Theme.gap
    topPadding: Theme.gapMedium
    bottomPadding: Theme.gapSmall
    Accessible.role: Accessible.Heading
}
