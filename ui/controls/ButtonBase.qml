// What all buttons share: size, keys, the name they have for screen readers.
pragma ComponentBehavior: Bound
import QtQml
import QtQuick
import QtQuick.Templates as T

T.Button {
    id: root

    property alias iconName: root.icon.name
    /// Shown after a while under the pointer, or with keyboard focus.
    property string tip
    property string description: tip === text ? "" : tip

    function press(): void {
        if (!enabled) return;
        if (action) action.trigger(); else if (checkable) toggle();
        if (checkable) toggled();
        clicked();
    }

    implicitWidth: Math.max(implicitContentWidth + leftPadding + rightPadding, implicitBackgroundWidth)
    implicitHeight: Math.max(implicitContentHeight + topPadding + bottomPadding, implicitBackgroundHeight)
    font: Theme.bodyFont
    spacing: Theme.gapSmall
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    opacity: enabled ? 1 : Theme.disabledOpacity
    icon.color: Theme.ink

    Keys.onReturnPressed: press()
    Keys.onEnterPressed: press()
    Accessible.role: Accessible.Button
    Accessible.name: text
    Accessible.description: description
    Accessible.onPressAction: press()

    // Made when it is needed; Qt 6.4 cannot load bound components with a Loader.
    Instantiator {
        active: root.tip !== "" && (root.hovered || root.visualFocus) && !root.down
        delegate: Tip {
            parent: root
            text: root.tip
            visible: true
        }
    }
}
