#pragma once
// A paragraph, a heading, the text of an item or a quote; or a displayed formula.
#include "ui/markdown/markdown_block.h"
#include "ui/markdown/sheet.h"
#include "ui/markdown/text_flow.h"

namespace alcove::ui {

class TextSheet : public alcove::ui::Sheet {  // so spelt for the QML types
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(
        alcove::ui::MarkdownBlock block READ block WRITE setBlock NOTIFY blockChanged REQUIRED)
    Q_PROPERTY(bool rightToLeft READ isRightToLeft NOTIFY contentChanged)
    /// Of the first line, below the top: where a bullet stands.
    Q_PROPERTY(qreal lineHeight READ lineHeight NOTIFY contentChanged)

public:
    using Sheet::Sheet;

    MarkdownBlock block() const { return m_block; }
    void setBlock(const MarkdownBlock& block);
    bool isRightToLeft() const { return m_flow.isRightToLeft(); }
    qreal lineHeight() const { return m_look.lineHeight; }

signals:
    void blockChanged();

protected:
    int boxCount() const override { return 1; }
    QString boxText(int) const override { return m_flow.shownText(); }
    Place placeAt(QPointF point) const override { return {0, m_flow.positionAt(point)}; }
    QString textBetween(Place from, Place to) const override;
    QString htmlBetween(Place from, Place to) const override;
    QList<SheetLink> findLinks() const override;
    int linkAt(QPointF point) const override;
    void paintContent(QPainter& painter, const QRectF& clip) override;
    QSizeF layoutContent(qreal width) override;
    void restyle() override;

private:
    MarkdownBlock m_block;
    TextLook m_look;
    TextFlow m_flow;
};

}  // namespace alcove::ui
