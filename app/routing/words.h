// The words of a question as its traits are found by: in lower case, with "+" and "#" where they
// end one ("c++").
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alcove::app {

[[nodiscard]] std::vector<std::string> lowerWords(std::string_view text);
/// Without what stands between code fences.
[[nodiscard]] std::string proseOf(std::string_view text);
[[nodiscard]] std::u32string codePoints(std::string_view text);

/// The language that the prose is written in, and why.
struct LanguageGuess {
    std::string language, reason;
};
[[nodiscard]] LanguageGuess guessLanguage(std::string_view prose);

}  // namespace alcove::app
