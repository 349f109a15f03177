import QtQuick

Rectangle {
    implicitWidth: Theme.hairline
    implicitHeight: Theme.hairline
    color: Theme.line
    Accessible.ignored: true
}
