// Looks for numbers in blocks that no sane file has: scales and plain values that are infinite or
// not numbers. One of them makes every answer of a model meaningless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "engine/gguf/types.h"

namespace alcove::engine {

struct BlockFault {
    int64_t block = 0;  // index among the blocks given (of single values for F32, F16, BF16)
    std::string what;   // "scale d is infinite"
};

/// The first faulty block of `count`, if any.
[[nodiscard]] std::optional<BlockFault> findFault(TensorType type, const std::byte* blocks,
                                                  int64_t count);

/// The first value that is infinite or not a number, if any.
[[nodiscard]] std::optional<int64_t> findNotFinite(std::span<const float> values);

}  // namespace alcove::engine
