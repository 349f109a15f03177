#pragma once
#include <QtQml/qqmlregistration.h>

#include <QMetaType>
#include <QRectF>
#include <QString>

namespace alcove::ui {

/// A link or a citation within a text, where it is shown.
class SheetLink {
    Q_GADGET
    QML_VALUE_TYPE(sheetLink)
    Q_PROPERTY(QString text MEMBER text)
    Q_PROPERTY(QString url MEMBER url)
    Q_PROPERTY(int citation MEMBER citation)
    Q_PROPERTY(QRectF rect MEMBER rect)

public:
    QString text;
    QString url;
    int citation = 0;  ///< 0: a link
    QRectF rect;
    bool operator==(const SheetLink&) const = default;
};

}  // namespace alcove::ui

Q_DECLARE_METATYPE(alcove::ui::SheetLink)
