// Texts cut into the sentences that can be quoted.
#pragma once

#include <string_view>
#include <vector>

#include "rag/document.h"

namespace alcove::rag {

/// Ascending, none empty, trimmed of blanks. A line feed ends a sentence where what follows looks
/// like the beginning of something: an empty line, an item of a list, a row with tabs, or a new
/// paragraph after an end mark; in running text broken into lines it does not.
[[nodiscard]] std::vector<TextRange> splitSentences(std::string_view text);

/// True: the line begins as an item of a list does ("- ", "3. ", "(b) ").
[[nodiscard]] bool beginsItem(std::string_view line);

}  // namespace alcove::rag
