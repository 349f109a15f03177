// A question as it was typed, made ready for both ways of finding.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rag/store/chunk_store.h"

namespace alcove::rag {

struct Query {
    std::string text;  // for the embedder
    TextTerms terms;   // for the full text; no stop words, unless there is nothing else
    /// Share of the vectors in the fused score, 0 to 1: less for codes, names and quoted phrases,
    /// which vectors blur; more for whole questions, whose words need not be the document's.
    double vectorShare = 0.5;
};

[[nodiscard]] Query parseQuery(std::string_view text);

/// Words too common to tell passages apart ("the", "what", "und"), in lower case, of several
/// languages.
[[nodiscard]] bool isStopWord(std::string_view word);

}  // namespace alcove::rag
