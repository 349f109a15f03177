import QtQuick

Body {
    font: Theme.titleFont
    Accessible.role: Accessible.Heading
}
