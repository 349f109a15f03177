#include "ui/markdown/markdown_model.h"

#include <algorithm>

namespace alcove::ui {

void MarkdownModel::setText(const QString& text) {
    if (text == m_document.text()) return;
    update(text);
    emit textChanged();
}

void MarkdownModel::setStreaming(bool streaming) {
    if (streaming == m_options.unfinished) return;
    m_options.unfinished = streaming;
    update(m_document.text());
    emit streamingChanged();
}

void MarkdownModel::setCitations(int citations) {
    citations = std::max(citations, 0);
    if (citations == m_options.citations) return;
    m_options.citations = citations;
    update(m_document.text());
    emit citationsChanged();
}

QList<int> MarkdownModel::unsupported() const {
    QList<int> edges;
    for (const SourceRange& range : m_unsupported) edges << int(range.begin) << int(range.end);
    return edges;
}

void MarkdownModel::setUnsupported(const QList<int>& edges) {
    std::vector<SourceRange> ranges;
    for (qsizetype i = 0; i + 1 < edges.size(); i += 2)
        if (edges[i] < edges[i + 1]) ranges.push_back({edges[i], edges[i + 1]});
    std::sort(ranges.begin(), ranges.end(),
              [](const SourceRange& a, const SourceRange& b) { return a.begin < b.begin; });
    std::vector<SourceRange> apart;
    for (const SourceRange& range : ranges) {
        if (!apart.empty() && range.begin <= apart.back().end) {
            apart.back().end = std::max(apart.back().end, range.end);
        } else {
            apart.push_back(range);
        }
    }
    if (apart == m_unsupported) return;
    m_unsupported = std::move(apart);
    showFrom(0);
    emit unsupportedChanged();
}

int MarkdownModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(m_rows.size());
}

QVariant MarkdownModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const auto row = size_t(index.row());
    switch (role) {
        case KindRole:
            return int(m_rows[row].block().kind);
        case BlockRole:
            return QVariant::fromValue(m_rows[row]);
        case SpaceRole:
            return int(spaceAbove(row));
        case SharedQuotesRole:
            return row == 0 ? 0 : std::min(m_rows[row - 1].quoteDepth(), m_rows[row].quoteDepth());
        case Qt::DisplayRole:
            return m_rows[row].plainText();
        default:
            return {};
    }
}

QHash<int, QByteArray> MarkdownModel::roleNames() const {
    return {{KindRole, "kind"},
            {BlockRole, "block"},
            {SpaceRole, "space"},
            {SharedQuotesRole, "sharedQuotes"}};
}

MarkdownModel::Space MarkdownModel::spaceAbove(size_t row) const {
    if (row == 0) return NoSpace;
    const Block& above = m_rows[row - 1].block();
    const Block& block = m_rows[row].block();
    if (block.kind == BlockKind::Heading)
        return above.kind == BlockKind::Heading ? ParagraphSpace : SectionSpace;
    if (above.kind == BlockKind::Heading) return TightSpace;
    const bool items = block.kind == BlockKind::ListItem && above.kind == BlockKind::ListItem;
    const auto isNumber = [](const Block& one) { return one.marker == ItemMarker::Number; };
    const bool sameList = block.listDepth != above.listDepth || isNumber(block) == isNumber(above);
    return items && sameList && (block.tight || above.tight) ? TightSpace : ParagraphSpace;
}

void MarkdownModel::update(const QString& text) { showFrom(m_document.setText(text, m_options)); }

/// Makes the rows those of the document; the first `first` are so already.
void MarkdownModel::showFrom(size_t first) {
    const Blocks& blocks = m_document.blocks();
    size_t row = std::min(first, m_rows.size());
    for (; row < blocks.size(); ++row) {
        Block block = blocks[row];
        if (!m_unsupported.empty()) markUnsupported(block, m_unsupported);
        if (row < m_rows.size() && m_rows[row].block() == block) continue;
        MarkdownBlock shared(std::make_shared<const Block>(std::move(block)));
        if (row < m_rows.size()) {
            replace(row, std::move(shared));
        } else {
            beginInsertRows({}, int(row), int(row));
            m_rows.push_back(std::move(shared));
            endInsertRows();
        }
    }
    if (m_rows.size() > blocks.size()) {
        beginRemoveRows({}, int(blocks.size()), int(m_rows.size()) - 1);
        m_rows.resize(blocks.size());
        endRemoveRows();
    }
}

/// A row of another kind needs another delegate.
void MarkdownModel::replace(size_t row, MarkdownBlock block) {
    const int at = int(row);
    if (m_rows[row].block().kind == block.block().kind) {
        m_rows[row] = std::move(block);
        emit dataChanged(index(at), index(at),
                         {BlockRole, SpaceRole, SharedQuotesRole, Qt::DisplayRole});
        if (row + 1 < m_rows.size())
            emit dataChanged(index(at + 1), index(at + 1), {SpaceRole, SharedQuotesRole});
        return;
    }
    beginRemoveRows({}, at, at);
    m_rows.erase(m_rows.begin() + at);
    endRemoveRows();
    beginInsertRows({}, at, at);
    m_rows.insert(m_rows.begin() + at, std::move(block));
    endInsertRows();
    if (row + 1 < m_rows.size())
        emit dataChanged(index(at + 1), index(at + 1), {SpaceRole, SharedQuotesRole});
}

}  // namespace alcove::ui
