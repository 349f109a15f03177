// A LoRA adapter (GGUF, general.type "adapter"): low-rank updates W + scale · alpha / rank · B·A,
// applied at run time beside the model's own weights.
#pragma once

#include <filesystem>
#include <memory>
#include <unordered_map>

#include "engine/base/result.h"
#include "engine/cpu/kernels.h"
#include "engine/gguf/reader.h"
#include "engine/model/model.h"

namespace alcove::engine {

class Adapter {
public:
    /// Of token_embd.weight, whose rows are looked up, `a` is [rows of the weight][rank] and `b`
    /// [columns][rank].
    struct Update {
        MatrixView a;         // [rank][columns of the weight]
        MatrixView b;         // [rows of the weight][rank]
        float factor = 1.0f;  // alpha / rank; 1 when alpha is 0
    };

    /// Checks that it belongs to the model's architecture and that every update has a weight of its
    /// shape.
    static Result<std::shared_ptr<const Adapter>> load(const std::filesystem::path& path,
                                                       const Model& model);

    [[nodiscard]] const GgufFile& file() const { return *m_file; }
    /// Null when the weight (named as in the model's file) has no update.
    [[nodiscard]] const Update* find(std::string_view weight) const;
    [[nodiscard]] size_t updates() const { return m_updates.size(); }
    [[nodiscard]] bool fits(const Model& model) const { return model.fingerprint() == m_model; }
    [[nodiscard]] uint64_t fingerprint() const { return m_fingerprint; }

private:
    std::unique_ptr<const GgufFile> m_file;
    std::unordered_map<std::string_view, Update> m_updates;
    uint64_t m_model = 0;        // fingerprint of the model it was loaded for
    uint64_t m_fingerprint = 0;  // of its own file
};

}  // namespace alcove::engine
