// Strings across which DRY counts no repetition, as the token sequences a sampler understands.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace alcove::engine {

/// Line ends, colons, quotes and asterisks: where a repetition is a matter of form.
[[nodiscard]] std::vector<std::string> defaultBreakers();

/// Every token that contains one of the strings, and every token that ends with the beginning of
/// one, followed by the rest of it. One pass over the vocabulary.
[[nodiscard]] std::vector<std::vector<int32_t>> breakerTokens(const Tokenizer& tokenizer,
                                                              std::span<const std::string> strings);

}  // namespace alcove::engine
