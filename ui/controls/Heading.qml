// The name of a page, a card, a panel.
import QtQuick

Body {
    font: Theme.headingFont
    Accessible.role: Accessible.Heading
}
