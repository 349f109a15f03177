// Words that ask for the same thing, and words that say the opposite.
#pragma once

#include <string_view>

namespace alcove::rag {

/// 1: the same stem; less: words used for one another ("price", "cost"); 0: unrelated.
[[nodiscard]] double related(std::string_view stemA, std::string_view stemB);

/// "before" and "after", "landlord" and "tenant", "rise" and "fall": one does not prove the other.
[[nodiscard]] bool opposite(std::string_view stemA, std::string_view stemB);

}  // namespace alcove::rag
