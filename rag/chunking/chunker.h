// A document cut into pieces to be embedded and found: along its own structure, each about as long
// as a passage one would quote, and each exactly a range of one page's text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rag/document.h"
#include "rag/embedder.h"
#include "rag/store/chunk_store.h"

namespace alcove::rag {

struct ChunkerOptions {
    size_t target = 200;  // tokens of a chunk, without its title and headings
    size_t limit = 510;   // of all that is embedded together: the embedder's
};

/// Chunks in reading order; they never overlap.
[[nodiscard]] std::vector<Chunk> cutIntoChunks(const Document& document,
                                               const TokenCounter& counter,
                                               const ChunkerOptions& options = {});

/// What is embedded of a chunk: title, headings, for rows of a table the names of its columns, and
/// the chunk's own text. Title and headings are shortened before the text would be cut.
[[nodiscard]] std::string embeddedText(std::string_view title, const Chunk& chunk,
                                       const TokenCounter& counter, size_t limit);

}  // namespace alcove::rag
