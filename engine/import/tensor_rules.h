// Which tensors a family has: their names in the checkpoint and in the GGUF, their shapes, and what
// has to happen to the values on the way. One table per family, generated for a model's sizes; a
// tensor that no rule knows is refused, a rule that must apply and does not is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/import/config.h"
#include "engine/import/safetensors.h"

namespace alcove::engine {

struct TensorRule {
    std::string source;          // in the checkpoint, see canonicalName()
    std::string target;          // in the GGUF
    std::vector<int64_t> shape;  // outermost first, as in the checkpoint
    bool required = true;
    /// Not 0: rows are reordered within each of so many heads, from halves side by side (x₀…,y₀…)
    /// to pairs (x₀,y₀,x₁,y₁…), because llama's rotary embedding turns neighbours in a GGUF.
    int64_t pairedHeads = 0;
    float addend = 0;  // 1 for gemma's norms, which multiply by 1 + weight
};

/// The name without what differs between ways of saving the same model: leading "bert." or
/// "model.", the "language_model." of a multimodal model, gamma and beta of old layer norms.
[[nodiscard]] std::string canonicalName(Family family, std::string_view name);

/// Tensors that the GGUF has no use for: position ids, heads of the pretraining, the pooler, the
/// image part of a multimodal model.
[[nodiscard]] bool isLeftOut(const ModelConfig& config, std::string_view canonical);

[[nodiscard]] std::vector<TensorRule> tensorRules(const ModelConfig& config);

struct PlannedTensor {
    TensorRule rule;
    const SourceTensor* source;
    std::string where;  // file and tensor, for messages
};

/// Joins rules and checkpoint, in the order of the rules. What is left out is added to the
/// config's notes.
[[nodiscard]] Result<std::vector<PlannedTensor>> planTensors(ModelConfig& config,
                                                             const Checkpoint& checkpoint);

}  // namespace alcove::engine
