import QtQuick

Note {
    font: Theme.mediumNoteFont
    Accessible.role: Accessible.ColumnHeader
    Accessible.name: text
}
