#pragma once
// How text is drawn. QML fills it from Theme once, for all answers.
#include <QtQml/qqmlregistration.h>

#include <QColor>
#include <QList>
#include <QObject>
#include <QString>

namespace alcove::ui {

class MarkdownStyle : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QColor ink MEMBER ink NOTIFY changed)
    Q_PROPERTY(QColor muted MEMBER muted NOTIFY changed)
    Q_PROPERTY(QColor line MEMBER line NOTIFY changed)
    Q_PROPERTY(QColor accent MEMBER accent NOTIFY changed)
    Q_PROPERTY(QColor softAccent MEMBER softAccent NOTIFY changed)
    /// Not "on…", which would be a handler in QML.
    Q_PROPERTY(QColor inkOnAccent MEMBER inkOnAccent NOTIFY changed)
    Q_PROPERTY(QColor warning MEMBER warning NOTIFY changed)
    Q_PROPERTY(QColor code MEMBER code NOTIFY changed)
    Q_PROPERTY(QColor selection MEMBER selection NOTIFY changed)
    /// In the order of TokenKind.
    Q_PROPERTY(QList<QColor> tokens MEMBER tokens NOTIFY changed)
    Q_PROPERTY(QString family MEMBER family NOTIFY changed)
    Q_PROPERTY(QString figuresFamily MEMBER figuresFamily NOTIFY changed)
    Q_PROPERTY(QString monoFamily MEMBER monoFamily NOTIFY changed)
    Q_PROPERTY(qreal readingSize MEMBER readingSize NOTIFY changed)
    Q_PROPERTY(qreal readingLine MEMBER readingLine NOTIFY changed)
    Q_PROPERTY(qreal tableSize MEMBER tableSize NOTIFY changed)
    Q_PROPERTY(qreal noteSize MEMBER noteSize NOTIFY changed)
    Q_PROPERTY(qreal codeSize MEMBER codeSize NOTIFY changed)
    /// Of the six levels of headings.
    Q_PROPERTY(QList<qreal> headingSizes MEMBER headingSizes NOTIFY changed)
    /// In parts of the letters' size, for headings.
    Q_PROPERTY(qreal titleTracking MEMBER titleTracking NOTIFY changed)

public:
    using QObject::QObject;

    QColor ink = Qt::black, muted = Qt::darkGray, line = Qt::lightGray;
    QColor accent = Qt::darkGreen, softAccent = Qt::lightGray, inkOnAccent = Qt::white;
    QColor warning = Qt::darkRed, code = Qt::lightGray, selection = Qt::lightGray;
    QList<QColor> tokens;
    QString family, figuresFamily, monoFamily;
    qreal readingSize = 15, readingLine = 24, tableSize = 14, noteSize = 12.5, codeSize = 13.5;
    QList<qreal> headingSizes;
    qreal titleTracking = 0;

signals:
    void changed();
};

}  // namespace alcove::ui
