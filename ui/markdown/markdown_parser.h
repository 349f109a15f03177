#pragma once
// Markdown to blocks: CommonMark with GitHub's tables, task lists and strikethrough, formulas
// (prepared_text.h) and citations. Raw HTML is text. Nothing is fetched and nothing is looked up.
// A pure function: any text gives blocks, in linear time.
#include "ui/markdown/block.h"

namespace alcove::ui {

struct ParseOptions {
    int citations = 0;        ///< "[1]" to "[n]" are citations; 0: none
    bool unfinished = false;  ///< more is being written: what is open at the end is shown as closed
    bool operator==(const ParseOptions&) const = default;
};

Blocks parseMarkdown(QStringView text, const ParseOptions& options = {});

/// Moves all places in the source.
void shiftSource(Block& block, qsizetype by);
/// Marks what lies within the ranges (sorted, apart), cutting runs where needed.
void markUnsupported(Block& block, const std::vector<SourceRange>& ranges);

}  // namespace alcove::ui
