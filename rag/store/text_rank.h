// BM25 for FTS5 with what it needs to know given from outside.
//
// FTS5's own bm25() first reads where every word of the question stands, to count chunks, which for
// common words takes longer than the search. Here the caller gives the counts, and words that are
// there twice (once to lead the search, once to be scored) can be left out of the sum.
//
//     alcove_rank(chunk_text, COUNTS)
//
// COUNTS is a blob of doubles, one for each phrase of the MATCH expression: in how many chunks it
// stands; 0 leaves it out. The score is higher for the better, with k1 = 1.2 and b = 0.75 as FTS5
// has them; title and heading count more than the body, see the source.
#pragma once

#include "engine/base/result.h"

struct sqlite3;

namespace alcove::rag {

[[nodiscard]] Result<void> addTextRank(sqlite3* database);

}  // namespace alcove::rag
