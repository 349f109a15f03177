#include "ui/markdown/table_sheet.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/markdown/rich_text.h"

namespace alcove::ui {

namespace {

constexpr qreal kColumnGap = 18;
constexpr qreal kRowPad = 4;
constexpr qreal kWidestColumn = 320;
constexpr qreal kNarrowestColumn = 72;

}  // namespace

void TableSheet::setBlock(const MarkdownBlock& block) {
    if (block == m_block) return;
    m_block = block;
    takeBlock(false);
    relayout();
    emit blockChanged();
}

void TableSheet::restyle() {
    if (!style() || !isComponentComplete()) return;
    m_bodyLook.font.setFamilies({style()->figuresFamily, style()->family});
    m_bodyLook.font.setPixelSize(std::max(1, int(std::lround(style()->tableSize))));
    m_bodyLook.mono = m_bodyLook.font;
    m_bodyLook.mono.setFamilies({style()->monoFamily});
    m_bodyLook.mono.setStyleHint(QFont::Monospace);
    m_bodyLook.mono.setPixelSize(std::max(1, int(std::lround(style()->tableSize * 0.92))));
    m_bodyLook.ink = style()->ink;
    m_bodyLook.lineHeight = style()->readingLine;
    m_headLook = m_bodyLook;
    m_headLook.font.setPixelSize(std::max(1, int(std::lround(style()->noteSize))));
    m_headLook.font.setWeight(QFont::DemiBold);
    m_headLook.ink = style()->muted;
    takeBlock(true);
}

/// Cells that are as before keep their layout, so that a table can grow row by row.
void TableSheet::takeBlock(bool everything) {
    if (!style() || !isComponentComplete()) return;
    const Block& block = m_block.block();
    if (block.columns.size() != m_columns) everything = true;
    m_columns = block.columns.size();
    const size_t before = m_cells.size();
    m_cells.resize(m_columns * block.rows.size());
    for (size_t row = 0; row < block.rows.size(); ++row)
        for (size_t column = 0; column < m_columns; ++column) {
            const size_t index = row * m_columns + column;
            Cell& cell = m_cells[index];
            static const Runs kNothing;
            const Runs& runs = column < block.rows[row].size() ? block.rows[row][column] : kNothing;
            if (!everything && index < before && cell.flow.runs() == runs) continue;
            cell.flow.setContent(runs, row == 0 ? m_headLook : m_bodyLook, *style());
            cell.flow.layout(-1);
            cell.natural = std::ceil(cell.flow.naturalWidth()) + 1;
            cell.width = -1;
        }
}

/// Natural widths where they fit; else the wide columns give way, down to a limit.
std::vector<qreal> TableSheet::columnWidths(qreal width) const {
    std::vector<qreal> widths(m_columns, 8);
    for (size_t i = 0; i < m_cells.size(); ++i)
        widths[i % m_columns] = std::max(widths[i % m_columns], m_cells[i].natural);
    const qreal room = width - kColumnGap * qreal(m_columns);
    const auto sum = [&] { return std::accumulate(widths.begin(), widths.end(), 0.0); };
    if (width <= 0 || sum() <= room) return widths;
    // The widest are cut to one common width that makes all fit.
    qreal low = kNarrowestColumn;
    qreal high = std::max(kWidestColumn, room);
    const std::vector<qreal> natural = widths;
    for (int i = 0; i < 20; ++i) {
        const qreal middle = (low + high) / 2;
        for (size_t c = 0; c < m_columns; ++c) widths[c] = std::min(natural[c], middle);
        (sum() > room ? high : low) = middle;
    }
    for (size_t c = 0; c < m_columns; ++c) widths[c] = std::floor(std::min(natural[c], low));
    return widths;
}

QSizeF TableSheet::layoutContent(qreal width) {
    if (m_columns == 0) return {};
    const std::vector<qreal> widths = columnWidths(width);
    const Block& block = m_block.block();
    for (size_t i = 0; i < m_cells.size(); ++i) {
        Cell& cell = m_cells[i];
        const qreal column = widths[i % m_columns];
        if (cell.width == column) continue;
        cell.width = column;
        const ColumnAlign align = block.columns[i % m_columns];
        cell.flow.layout(column, align == ColumnAlign::Right    ? Qt::AlignRight
                                 : align == ColumnAlign::Center ? Qt::AlignHCenter
                                                                : Qt::AlignLeft);
    }
    const qreal height = placeCells(widths);
    const qreal total =
        std::accumulate(widths.begin(), widths.end(), kColumnGap * qreal(m_columns));
    return {total, height};
}

qreal TableSheet::placeCells(const std::vector<qreal>& widths) {
    m_lines.clear();
    qreal y = 0;
    for (size_t begin = 0; begin < m_cells.size(); begin += m_columns) {
        qreal height = 0;
        for (size_t c = 0; c < m_columns; ++c)
            height = std::max(height, m_cells[begin + c].flow.height());
        qreal x = 0;
        for (size_t c = 0; c < m_columns; ++c) {
            m_cells[begin + c].rect = QRectF(x, y + kRowPad, widths[c], height);
            x += widths[c] + kColumnGap;
        }
        y += height + 2 * kRowPad;
        m_lines.push_back(y);
        y += 1;
    }
    return y;
}

Sheet::Place TableSheet::placeAt(QPointF point) const {
    if (m_cells.empty()) return {};
    const auto row =
        size_t(std::lower_bound(m_lines.begin(), m_lines.end(), point.y()) - m_lines.begin());
    const size_t begin = std::min(row, m_lines.size() - 1) * m_columns;
    size_t column = 0;
    while (column + 1 < m_columns &&
           point.x() > m_cells[begin + column].rect.right() + kColumnGap / 2)
        ++column;
    const Cell& cell = m_cells[begin + column];
    return {int(begin + column), cell.flow.positionAt(point - cell.rect.topLeft())};
}

QString TableSheet::textBetween(Place from, Place to) const {
    QString text;
    for (int box = from.box; box <= to.box && box < boxCount(); ++box) {
        const TextFlow& flow = m_cells[size_t(box)].flow;
        const auto [begin, end] = Selection{from, to}.within(box, flow.length());
        if (box > from.box) text += size_t(box) % m_columns == 0 ? u'\n' : u'\t';
        text += toPlainText(flow.copyRuns(begin, end));
    }
    return text;
}

QString TableSheet::htmlBetween(Place from, Place to) const {
    QString html = QStringLiteral("<table><tr>");
    for (int box = from.box; box <= to.box && box < boxCount(); ++box) {
        const TextFlow& flow = m_cells[size_t(box)].flow;
        const auto [begin, end] = Selection{from, to}.within(box, flow.length());
        if (box > from.box && size_t(box) % m_columns == 0) html += QStringLiteral("</tr><tr>");
        html += QStringLiteral("<td>") + toRichText(flow.copyRuns(begin, end)) +
                QStringLiteral("</td>");
    }
    return html + QStringLiteral("</tr></table>");
}

QList<SheetLink> TableSheet::findLinks() const {
    QList<SheetLink> result;
    for (const Cell& cell : m_cells)
        for (const int run : cell.flow.activeRuns()) {
            const Run& link = cell.flow.runs()[size_t(run)];
            result.push_back({link.text, link.link, link.citation,
                              cell.flow.runRect(run).translated(cell.rect.topLeft())});
        }
    return result;
}

int TableSheet::linkAt(QPointF point) const {
    int index = 0;
    for (const Cell& cell : m_cells) {
        const std::vector<int> active = cell.flow.activeRuns();
        const int run = cell.flow.activeRunAt(point - cell.rect.topLeft());
        const auto found = std::find(active.begin(), active.end(), run);
        if (found != active.end()) return index + int(found - active.begin());
        index += int(active.size());
    }
    return -1;
}

void TableSheet::paintContent(QPainter& painter, const QRectF& clip) {
    const Selection chosen = selection();
    const auto first = std::lower_bound(m_lines.begin(), m_lines.end(), clip.top());
    for (auto line = first; line != m_lines.end(); ++line) {
        const size_t begin = size_t(line - m_lines.begin()) * m_columns;
        if (m_cells[begin].rect.top() > clip.bottom()) break;
        painter.fillRect(QRectF(0, *line, contentWidth(), 1), style()->line);
        for (size_t c = begin; c < begin + m_columns; ++c) {
            const TextFlow& flow = m_cells[c].flow;
            const auto [from, to] = chosen.isEmpty() ? std::pair<qsizetype, qsizetype>()
                                                     : chosen.within(int(c), flow.length());
            flow.paint(painter, m_cells[c].rect.topLeft(), clip, {from, to, openCitation()});
        }
    }
}

}  // namespace alcove::ui
