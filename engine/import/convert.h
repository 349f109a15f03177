// From a checkpoint's values to a GGUF tensor's bytes.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/gguf/types.h"
#include "engine/import/safetensors.h"
#include "engine/import/tensor_rules.h"

namespace alcove::engine {

/// The type `wanted` becomes for rows of `columns` values: K types need multiples of 256, Q8_0 and
/// Q5_0 of 32. As llama.cpp falls back: Q4_K to Q5_0, Q6_K to Q8_0, those to F16.
[[nodiscard]] TensorType storableType(TensorType wanted, int64_t columns);

/// Reads, transforms and encodes one tensor, a block of rows at a time; `pool` may be null. Values
/// that are not finite, or too large for the type, are an error that names tensor and index.
[[nodiscard]] Result<std::vector<std::byte>> convertTensor(const PlannedTensor& planned,
                                                           TensorType type, ThreadPool* pool);

/// `count` values from element `first` on, as floats.
void readFloats(const SourceTensor& tensor, int64_t first, int64_t count, float* values);

}  // namespace alcove::engine
