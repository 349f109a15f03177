// Texts that say the same in nearly the same words: versions of a contract, quoted mails.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace alcove::rag {

/// Hashes of all runs of three words, letters and digits alone, ascending, each once.
using WordRuns = std::vector<uint64_t>;
[[nodiscard]] WordRuns wordRuns(std::string_view text);

/// True: they share at least 80 % of their runs.
[[nodiscard]] bool nearlyTheSame(const WordRuns& a, const WordRuns& b);

}  // namespace alcove::rag
