import QtQuick

Body {
    font: Theme.largeTitleFont
    Accessible.role: Accessible.Heading
}
