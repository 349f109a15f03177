// A menu of MenuEntry and MenuDivider, or of Actions.
import QtQuick
import QtQuick.Templates as T

T.Menu {
    id: root

    implicitWidth: Math.max(180 * Theme.textScale, contentWidth + leftPadding + rightPadding)
    implicitHeight: contentHeight + topPadding + bottomPadding
    contentWidth: widest()
    margins: Theme.gapSmall
    padding: Theme.gapTiny + 2
    overlap: 1
    cascade: true
    font: Theme.bodyFont

    function widest(): real {
        let width = 0;
        for (let i = 0; i < count; ++i)
            width = Math.max(width, itemAt(i).implicitWidth);
        return width;
    }

    delegate: MenuEntry {}
    contentItem: ListView {
        implicitHeight: contentHeight
        model: root.contentModel
        currentIndex: root.currentIndex
        interactive: contentHeight > height
        clip: interactive
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: Scroller {}
    }
    background: FloatingGround {
        radius: Theme.radiusButton
    }
    enter: Transition {
        NumberAnimation { property: "opacity"; from: 0; to: 1; duration: Theme.duration; easing.type: Easing.OutCubic }
    }
    exit: Transition {
        NumberAnimation { property: "opacity"; from: 1; to: 0; duration: Theme.duration; easing.type: Easing.OutCubic }
    }
}
