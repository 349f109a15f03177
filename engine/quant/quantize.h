// Rows of floats to and from quantised blocks. These are the plain reference versions: bit for bit
// what gguf-py's `quants.dequantize` gives. Faster ones for each instruction set live in
// engine/cpu.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/result.h"
#include "engine/gguf/types.h"

namespace alcove::engine {

/// `count` values (a multiple of the block size) from `blocks` to `values`. Every TensorType is
/// supported.
void dequantize(TensorType type, const std::byte* blocks, float* values, int64_t count);

/// Whether quantize() can write this type.
[[nodiscard]] bool canQuantize(TensorType type);

/// `count` values (a multiple of the block size) to blocks. Requires canQuantize(type).
void quantize(TensorType type, const float* values, std::byte* blocks, int64_t count);

}  // namespace alcove::engine
