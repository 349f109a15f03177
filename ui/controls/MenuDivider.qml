import QtQuick
import QtQuick.Templates as T

T.MenuSeparator {
    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: implicitContentHeight + topPadding + bottomPadding
    padding: Theme.gapTiny
    contentItem: Divider {}
}
