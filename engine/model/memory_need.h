// How much memory a model will take, from its file alone.
#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/base/result.h"
#include "engine/model/session.h"

namespace alcove::engine {

/// Bytes of a model with one session whose context is full: weights, vocabulary, keys and values,
/// and what a batch computes in.
[[nodiscard]] Result<uint64_t> memoryNeed(const std::filesystem::path& path,
                                          const SessionOptions& options);

}  // namespace alcove::engine
