// The words beside a box or a circle.
import QtQuick
import QtQuick.Templates as T

Body {
    required property T.AbstractButton button
    readonly property real beside: button.implicitIndicatorWidth + button.spacing

    leftPadding: button.mirrored || text === "" ? 0 : beside
    rightPadding: !button.mirrored || text === "" ? 0 : beside
    text: button.text
    font: button.font
    verticalAlignment: Text.AlignVCenter
    wrapMode: Text.Wrap
    Accessible.ignored: true
}
