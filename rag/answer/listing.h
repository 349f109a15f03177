// All sentences of whole documents that say something of what a question asks to be listed.
#pragma once

#include <vector>

#include "rag/answer/extract.h"

namespace alcove::rag {

struct Listed {
    size_t source = 0;
    TextRange range;
};

/// Sources are the chunks of the documents in reading order. A sentence is listed that has every
/// telling word of the question, itself or in the heading right above it. Found by words alone:
/// what says the same in other words is not in it.
[[nodiscard]] std::vector<Listed> listMatches(const Question& question,
                                              const std::vector<Source>& sources);

/// The words of a question to list or count by, without those that order it ("list", "all") and
/// those that name where ("in the lease").
[[nodiscard]] std::vector<Word> listedWords(const Question& question,
                                            const std::vector<Source>& sources);

}  // namespace alcove::rag
