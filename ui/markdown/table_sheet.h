#pragma once
// A table: columns as wide as they need, up to a limit where lines break; wider ones move sideways.
#include "ui/markdown/markdown_block.h"
#include "ui/markdown/sheet.h"
#include "ui/markdown/text_flow.h"

namespace alcove::ui {

class TableSheet : public alcove::ui::Sheet {  // so spelt for the QML types
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(
        alcove::ui::MarkdownBlock block READ block WRITE setBlock NOTIFY blockChanged REQUIRED)

public:
    using Sheet::Sheet;

    MarkdownBlock block() const { return m_block; }
    void setBlock(const MarkdownBlock& block);

signals:
    void blockChanged();

protected:
    int boxCount() const override { return int(m_cells.size()); }
    QString boxText(int box) const override { return m_cells[size_t(box)].flow.shownText(); }
    Place placeAt(QPointF point) const override;
    QString textBetween(Place from, Place to) const override;
    QString htmlBetween(Place from, Place to) const override;
    QList<SheetLink> findLinks() const override;
    int linkAt(QPointF point) const override;
    void paintContent(QPainter& painter, const QRectF& clip) override;
    QSizeF layoutContent(qreal width) override;
    void restyle() override;

private:
    struct Cell {
        TextFlow flow;
        qreal natural = 0;  ///< width without any break
        qreal width = -1;   ///< that it is laid out for
        QRectF rect;
    };

    void takeBlock(bool everything);
    std::vector<qreal> columnWidths(qreal width) const;
    qreal placeCells(const std::vector<qreal>& widths);

    MarkdownBlock m_block;
    TextLook m_headLook;
    TextLook m_bodyLook;
    size_t m_columns = 0;
    std::vector<Cell> m_cells;   ///< row by row, the header first
    std::vector<qreal> m_lines;  ///< below each row
};

}  // namespace alcove::ui
