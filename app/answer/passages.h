// Passages as the parts of rag/answer want them, and back to pages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/answer/answer.h"
#include "rag/answer/extract.h"

namespace alcove::app {

[[nodiscard]] rag::Source sourceOf(const rag::Passage& passage);
[[nodiscard]] std::vector<rag::Source> sourcesOf(const std::vector<rag::Passage>& passages);

/// Where a range of a passage's text stands in the document.
[[nodiscard]] std::optional<Citation> locateIn(const rag::Passage& passage, rag::TextRange range);

/// The last part of a path, fit to be shown.
[[nodiscard]] std::string shownDocument(const std::string& path);
[[nodiscard]] inline std::string shownDocument(const rag::DocumentRecord& document) {
    return shownDocument(document.path);
}

/// Adds a citation, or finds the one that is there already; returns its number.
size_t cite(std::vector<Citation>& citations, Citation citation);

/// All of a document as passages, one for each chunk.
[[nodiscard]] Result<std::vector<rag::Passage>> wholeDocument(rag::ChunkStore& store,
                                                              const rag::DocumentRecord& document);

/// The passages as a model reads them: numbered from 1, fenced by a word that they do not hold.
[[nodiscard]] std::string fenced(const std::vector<rag::Passage>& passages);

}  // namespace alcove::app
