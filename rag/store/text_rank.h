// BM25 for FTS5 with what it needs to know given from outside.
//
// FTS5's own bm25() first reads where every word of the question stands, to count chunks, which for
// common words takes longer than the search. Here the caller gives the counts, and words that are
// there twice (once to lead the search, once to be scored) can be left out of the sum.
//
//     alcove_rank(chunk_text, SCORING)
//
// SCORING is a TextScoring, bound as a pointer. The score is higher for the better and never 0 for
// what is allowed, with k1 = 1.2 and b = 0.75 as FTS5 has them; title and heading count more than
// the body, see the source. What is not allowed gets NULL and costs no scoring.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "rag/id_ranges.h"

struct sqlite3;

namespace alcove::rag {

/// How many tokens chunks have. Asking FTS5 reads a table of its own, which takes longer than the
/// rest of the scoring; what was asked once is kept, 4 bytes for each id. A chunk never changes and
/// its id is never given to another.
class TextLengths {
public:
    /// 0: not known yet. To be set by who finds it so.
    [[nodiscard]] uint32_t& of(int64_t chunk);

private:
    static constexpr int64_t kBlock = 4096;
    std::unordered_map<int64_t, std::vector<uint32_t>> m_blocks;
    int64_t m_last = -1;  // block asked for last
    std::vector<uint32_t>* m_lastBlock = nullptr;
};

/// What a search tells the function; it must stay until the statement has been reset.
struct TextScoring {
    static constexpr const char* kType = "alcove_scoring";  // of the pointer

    /// For each phrase of the MATCH expression in how many chunks it stands; 0 leaves it out.
    std::vector<double> counts;
    const IdRanges* allowed = nullptr;  // null: all are
    TextLengths* lengths = nullptr;
};

[[nodiscard]] Result<void> addTextRank(sqlite3* database);

}  // namespace alcove::rag
