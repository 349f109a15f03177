// Writes a model file anew with other element types: `alcove-cli quantize IN OUT TYPE`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/gguf/types.h"

namespace alcove::engine {

/// What a user may ask for: a type for all matrices ("Q8_0"), or a mix ("Q4_K_M") that spends more
/// bits where a model is most sensitive: Q6_K for the output and for about half of the attention
/// values and the feed-forward's last matrices, Q5_K at least for fused queries, keys and values.
struct TypeChoice {
    std::string_view name;
    TensorType type;
    bool mix;
    uint32_t fileType;  // of "general.file_type"
};

/// Also in lower case; nothing for a name that is not known.
[[nodiscard]] std::optional<TypeChoice> typeChoice(std::string_view name);
/// All names, for help: "F32, F16, …".
[[nodiscard]] std::string typeChoiceNames();

struct QuantizeReport {
    uint64_t bytesBefore = 0;
    uint64_t bytesAfter = 0;
    int64_t tensors = 0;
    int64_t converted = 0;      // the others were copied
    int64_t fromQuantized = 0;  // converted from a type that had lost precision already
    /// Tensors whose rows do not fit into blocks of the type meant, with the one they got.
    std::vector<std::pair<std::string, TensorType>> fallbacks;
};

/// Called before each tensor; false stops, and nothing is written.
using QuantizeProgress = std::function<bool(size_t done, size_t total, std::string_view tensor)>;

/// One tensor at a time is in memory. The result appears under its name only when it is whole.
/// Values that are not finite, or too large for the type, are an error that names the tensor.
[[nodiscard]] Result<QuantizeReport> quantizeFile(const std::filesystem::path& in,
                                                  const std::filesystem::path& out,
                                                  const TypeChoice& choice, ThreadPool& pool,
                                                  const QuantizeProgress& progress = {});

}  // namespace alcove::engine
