#pragma once
// A text that grows, as blocks. What is appended costs as much as what stands behind the last cut
// (segments.h); all before it is kept. At every moment the blocks are those of parseMarkdown(text).
#include <QString>

#include "ui/markdown/markdown_parser.h"
#include "ui/markdown/segments.h"

namespace alcove::ui {

class MarkdownDocument {
public:
    /// Returns how many blocks from the first are certainly as they were.
    size_t setText(const QString& text, const ParseOptions& options);

    const QString& text() const { return m_text; }
    const Blocks& blocks() const { return m_blocks; }
    /// UTF-16 units parsed since the start: what the work is measured by.
    qsizetype parsedUnits() const { return m_parsedUnits; }

private:
    void settle(qsizetype cut);

    QString m_text;
    ParseOptions m_options;
    Blocks m_blocks;
    SegmentScanner m_scanner;
    qsizetype m_scanned = 0;  ///< complete lines that the scanner has seen
    qsizetype m_cut = 0;      ///< the last cut in the text
    qsizetype m_settled = 0;  ///< text whose blocks are final
    size_t m_settledBlocks = 0;
    qsizetype m_parsedUnits = 0;
};

}  // namespace alcove::ui
