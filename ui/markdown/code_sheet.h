#pragma once
// Code: a line is coloured and laid out when it is seen, so that ten thousand lines cost what the
// window shows of them, and a line that grows costs itself.
#include <QFont>
#include <QTextLayout>

#include "ui/markdown/highlighter.h"
#include "ui/markdown/sheet.h"

namespace alcove::ui {

class CodeSheet : public alcove::ui::Sheet {  // so spelt for the QML types
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QString text READ text WRITE setText NOTIFY textChanged REQUIRED)
    /// As a fence names it; any other than the known ones colours nothing.
    Q_PROPERTY(QString language READ language WRITE setLanguage NOTIFY languageChanged REQUIRED)
    /// As people write it.
    Q_PROPERTY(QString languageName READ languageName NOTIFY languageChanged)

public:
    using Sheet::Sheet;

    QString text() const { return m_text; }
    void setText(const QString& text);
    QString language() const { return m_language; }
    void setLanguage(const QString& language);
    QString languageName() const { return m_highlighter.languageName(); }
    Q_INVOKABLE void copyAll() const;

signals:
    void textChanged();
    void languageChanged();

protected:
    int boxCount() const override { return int(m_lines.size()); }
    QString boxText(int box) const override { return lineText(size_t(box)).toString(); }
    Place placeAt(QPointF point) const override;
    QString textBetween(Place from, Place to) const override;
    void paintContent(QPainter& painter, const QRectF& clip) override;
    QSizeF layoutContent(qreal width) override;
    void restyle() override;

private:
    struct LineInfo {
        qsizetype begin = 0;
        qreal width = 0;
        LineState state;  ///< at its beginning
    };

    void readFrom(size_t line);
    QStringView lineText(size_t line) const;
    std::unique_ptr<QTextLayout> layoutLine(size_t line) const;
    qreal measure(QStringView line) const;

    QString m_text;
    QString m_language;
    Highlighter m_highlighter;
    std::vector<LineInfo> m_lines;
    LineState m_endState;
    QFont m_font;
    qreal m_advance = 8;
    qreal m_lineHeight = 20;
    qreal m_ascent = 0;
};

}  // namespace alcove::ui
