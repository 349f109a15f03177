// What config.json says about a model, in one struct, with the defaults that the family's Hugging
// Face class has for what a file leaves out.
//
// A setting that changes the computation and that a GGUF of this architecture cannot carry (another
// activation, an attention scale, a scaling of positions) is refused by name; one that matters only
// past some length is reported in `notes`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/gguf/writer.h"
#include "engine/import/json.h"

namespace alcove::engine {

enum class Family { Bert, Llama, Qwen2, Qwen3, Gemma3 };

/// The GGUF architecture: "bert", "llama", …
[[nodiscard]] std::string_view familyName(Family family);
/// "bert, gemma3, llama, qwen2, qwen3"
[[nodiscard]] std::string knownFamilies();

/// Scaling of rotary positions beyond the length of the pretraining.
struct RopeScaling {
    enum class Kind { None, Linear, Yarn, Llama3 };
    Kind kind = Kind::None;
    double factor = 1;
    int64_t originalContext = 0;  // yarn, llama3
    // yarn; absent means the reader's default
    std::optional<double> extrapolation, attention, betaFast, betaSlow;
    double lowFrequency = 1, highFrequency = 4;  // llama3
};

struct ModelConfig {
    std::string file;  // for messages
    Family family = Family::Llama;
    bool headless = false;  // a base model: no output matrix is expected
    int64_t layers = 0;
    int64_t context = 0;
    int64_t embedding = 0;
    int64_t feedForward = 0;
    int64_t heads = 0;
    int64_t kvHeads = 0;
    int64_t headDim = 0;
    bool headDimIsStated = false;  // by the file or by the family's class: then the GGUF says it
    int64_t vocabulary = 0;
    double normEpsilon = 0;
    bool tied = false;  // the output matrix is the token embedding
    double ropeBase = 0;
    double ropeBaseLocal = 0;  // gemma3's sliding layers
    RopeScaling scaling;
    int64_t slidingWindow = 0;           // gemma3; 0: none
    std::optional<double> logitSoftcap;  // gemma3
    int64_t tokenTypes = 0;              // bert
    std::optional<uint32_t> pooling;     // GGUF's pooling_type, of a sentence embedder
    Json root;                           // config.json as it is
    Json settings;  // the same with the text part of a multimodal model merged into it
    std::vector<std::string> notes;
};

/// Reads config.json (and modules.json with the pooling it names) of a folder.
[[nodiscard]] Result<ModelConfig> readModelConfig(const std::filesystem::path& folder);

/// The architecture's keys ("llama.block_count", …), as llama.cpp names them.
void writeModelConfig(const ModelConfig& config, GgufWriter& writer);

/// The factors of tensor rope_freqs.weight, one for each pair of a head: what "llama3" scaling
/// divides its frequencies by. Empty for other kinds.
[[nodiscard]] std::vector<float> ropeFactors(const ModelConfig& config);

}  // namespace alcove::engine
