// One of the project's icons, named after its file in resources/icons.
import QtQuick
import Alcove.Controls

IconShape {
    color: Theme.ink
    size: Theme.iconSize
    // Arrows along the line of reading turn with it.
    mirrored: LayoutMirroring.enabled && /^(chevron|arrow)-(left|right)$|^(continue|undo|history|retry|sidebar|panel|menu)$/.test(name)
}
