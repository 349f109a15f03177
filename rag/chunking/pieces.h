// A text cut into pieces of at most so many tokens, where it falls apart most easily.
#pragma once

#include <vector>

#include "rag/document.h"
#include "rag/embedder.h"

namespace alcove::rag {

struct Piece {
    TextRange range;  // without white space at its ends
    size_t tokens = 0;
};

/// Prose is cut between lines with nothing between them, sentences, lines, words and at last
/// characters; code between its top-level parts, lines, words and characters. A coarser cut is kept
/// where it suffices, and the pieces of one cut are about equally long. The pieces of a range
/// follow each other and leave out nothing but white space.
[[nodiscard]] std::vector<Piece> cutIntoPieces(std::string_view text, TextRange range, bool code,
                                               const TokenCounter& counter, size_t most);

}  // namespace alcove::rag
