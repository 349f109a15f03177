#include "tests/engine/grammar/random_model.h"

#include <cstring>
#include <random>
#include <string>

#include "engine/gguf/writer.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::test {
using namespace engine;

namespace {

constexpr int64_t kWidth = 32;

std::vector<std::byte> randomFloats(int64_t count, float mean, float deviation, uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<std::byte> bytes(static_cast<size_t>(count) * sizeof(float));
    for (int64_t i = 0; i < count; ++i) {
        const float unit = static_cast<float>(random()) / 4294967296.0f * 2.0f - 1.0f;
        const float value = mean + deviation * unit;
        std::memcpy(bytes.data() + static_cast<size_t>(i) * sizeof(float), &value, sizeof(float));
    }
    return bytes;
}

}  // namespace

Result<void> writeRandomModel(const std::filesystem::path& vocabularyFile,
                              const std::filesystem::path& out) {
    ALCOVE_TRY(const GgufFile file, GgufFile::open(vocabularyFile));
    ALCOVE_TRY(const auto tokenizer, Tokenizer::load(file));
    GgufWriter writer;
    writer.addString("general.architecture", "llama");
    for (const auto& [key, value] :
         {std::pair("context_length", 4096U), std::pair("embedding_length", uint32_t{kWidth}),
          std::pair("block_count", 1U), std::pair("feed_forward_length", uint32_t{kWidth}),
          std::pair("attention.head_count", 1U)})
        writer.addU32(std::string("llama.") + key, value);
    writer.addF32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
    for (const auto& [key, value] : file.metadata())
        if (key.starts_with("tokenizer.")) writer.addValue(key, value);
    uint32_t seed = 1;
    const auto add = [&](const std::string& name, std::vector<int64_t> shape, float mean = 0.0f) {
        int64_t count = 1;
        for (const int64_t extent : shape) count *= extent;
        const float deviation = mean == 0.0f ? 0.5f : 0.1f;
        writer.addTensor(name + ".weight", TensorType::F32, std::move(shape),
                         [=, number = seed++]() -> Result<std::vector<std::byte>> {
                             return randomFloats(count, mean, deviation, number);
                         });
    };
    add("token_embd", {kWidth, tokenizer->size()});
    add("output_norm", {kWidth}, 1.0f);
    for (const char* norm : {"blk.0.attn_norm", "blk.0.ffn_norm"}) add(norm, {kWidth}, 1.0f);
    for (const char* square :
         {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"})
        add(std::string("blk.0.") + square, {kWidth, kWidth});
    return writer.write(out);
}

}  // namespace alcove::test
