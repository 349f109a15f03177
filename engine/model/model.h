// A model as it lies in its file: description, tokenizer, weights in place in the mapping.
// Immutable after load, shared by all sessions that use it (hence the shared_ptr).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/cpu/kernels.h"
#include "engine/gguf/reader.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::engine {

class Architecture;
class Compute;
struct Tensor;

/// How token states become one vector (the numbers are those of GGUF's pooling_type).
enum class Pooling { None = 0, Mean = 1, Cls = 2, Last = 3, Rank = 4 };

struct ModelInfo {
    std::string name;          // general.name made printable, or the file's name
    std::string architecture;  // "llama", "qwen3", …
    std::string quantisation;  // the type most weights have: "Q4_1"
    int64_t contextLength = 0;
    int64_t embeddingLength = 0;
    int64_t outputLength = 0;  // of a pooled embedding, where it differs (dense heads, rank heads)
    int64_t layers = 0;
    int64_t vocabulary = 0;
    int64_t parameters = 0;
    uint64_t fileBytes = 0;
    Pooling pooling = Pooling::None;
    bool causal = true;  // false: an encoder; it has no cache and makes embeddings only
};

class Model {
public:
    /// Fails, naming file and reason, when the file is broken, the architecture unknown (it says
    /// which are known) or a tensor is missing, misshapen or would not be read.
    static Result<std::shared_ptr<const Model>> load(const std::filesystem::path& path,
                                                     Residence residence = Residence::Mapped);
    ~Model();

    [[nodiscard]] const ModelInfo& info() const { return m_info; }
    [[nodiscard]] const GgufFile& file() const { return *m_file; }
    /// Null for a file without a vocabulary.
    [[nodiscard]] const Tokenizer* tokenizer() const { return m_tokenizer.get(); }
    [[nodiscard]] const Architecture& architecture() const { return *m_architecture; }
    /// Distinguishes models for saved sessions: a hash of the metadata and of samples of the
    /// weights.
    [[nodiscard]] uint64_t fingerprint() const { return m_fingerprint; }
    /// Refuses results that are not numbers, or endless: broken weights must not pass for an
    /// answer. Ask it of states as well: what is rounded to integers after them loses the trace.
    [[nodiscard]] Result<void> checkResults(std::span<const float> values) const;
    [[nodiscard]] Result<void> checkResults(Compute& compute, const Tensor& rows) const;

private:
    Model() = default;

    ModelInfo m_info;
    std::unique_ptr<const GgufFile> m_file;  // the weights point into it
    std::unique_ptr<const Tokenizer> m_tokenizer;
    std::unique_ptr<const Architecture> m_architecture;
    uint64_t m_fingerprint = 0;
};

/// How exactly a model is computed where nobody says: small ones have little redundancy to hide the
/// rounding of activations to int8, and are fast enough without it.
[[nodiscard]] Precision defaultPrecision(const ModelInfo& info);

/// Names of the architectures that load, in alphabetical order.
[[nodiscard]] std::vector<std::string> knownArchitectures();

}  // namespace alcove::engine
