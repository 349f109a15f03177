// A model that knows nothing: random weights under the vocabulary of a real one.
#pragma once

#include <filesystem>

#include "engine/base/result.h"

namespace alcove::test {

/// Writes a llama of one small layer with the vocabulary of `vocabularyFile` (a GGUF).
[[nodiscard]] Result<void> writeRandomModel(const std::filesystem::path& vocabularyFile,
                                            const std::filesystem::path& out);

}  // namespace alcove::test
