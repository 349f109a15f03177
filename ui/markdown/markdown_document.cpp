#include "ui/markdown/markdown_document.h"

#include <algorithm>
#include <iterator>

namespace alcove::ui {

size_t MarkdownDocument::setText(const QString& text, const ParseOptions& options) {
    const bool grows = text.startsWith(m_text) && options.citations == m_options.citations;
    if (!grows) {
        m_scanner = SegmentScanner();
        m_scanned = m_cut = m_settled = 0;
        m_settledBlocks = 0;
    }
    m_text = text;
    m_options = options;
    const size_t settledBefore = m_settledBlocks;
    m_scanned = m_scanner.scan(m_text, m_scanned, [this](qsizetype cut) { m_cut = cut; });
    if (m_scanner.mayDefineLinksWith(QStringView(m_text).mid(m_scanned))) {
        m_settled = 0;
        m_settledBlocks = 0;
    } else if (m_cut > m_settled) {
        settle(m_cut);
    }
    const size_t kept = std::min(settledBefore, m_settledBlocks);
    m_blocks.resize(m_settledBlocks);
    Blocks tail = parseMarkdown(QStringView(m_text).mid(m_settled), options);
    m_parsedUnits += m_text.size() - m_settled;
    for (Block& block : tail) shiftSource(block, m_settled);
    std::move(tail.begin(), tail.end(), std::back_inserter(m_blocks));
    return kept;
}

/// Parses what will not change any more, once and for all.
void MarkdownDocument::settle(qsizetype cut) {
    ParseOptions options = m_options;
    options.unfinished = false;
    m_blocks.resize(m_settledBlocks);
    Blocks whole = parseMarkdown(QStringView(m_text).mid(m_settled, cut - m_settled), options);
    m_parsedUnits += cut - m_settled;
    for (Block& block : whole) shiftSource(block, m_settled);
    std::move(whole.begin(), whole.end(), std::back_inserter(m_blocks));
    m_settled = cut;
    m_settledBlocks = m_blocks.size();
}

}  // namespace alcove::ui
