// Writes the tokenizer fuzzer's first inputs: a small vocabulary of each kind.
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/gguf/writer.h"

namespace {

using alcove::engine::GgufWriter;

bool write(const std::filesystem::path& path, const std::string& model, const std::string& pre,
           bool charsmap) {
    const std::vector<std::string> tokens = {"<unk>", "<s>", "</s>", "▁",      "a",  "b",
                                             "ab",    "▁ab", "<x>",  "<0xC3>", "Ġa", "\n\n"};
    const std::vector<std::string> merges = {"a b", "▁ ab", "Ġ a"};
    const std::vector<float> scores = {0, 0, 0, -1, -2, -3, -4, -5, 0, 0, -6, -7};
    const std::vector<int32_t> types = {2, 3, 3, 1, 1, 1, 1, 1, 4, 6, 1, 1};
    GgufWriter writer;
    writer.addString("tokenizer.ggml.model", model);
    if (!pre.empty()) writer.addString("tokenizer.ggml.pre", pre);
    writer.addStrings("tokenizer.ggml.tokens", tokens);
    writer.addF32s("tokenizer.ggml.scores", scores);
    writer.addI32s("tokenizer.ggml.token_type", types);
    writer.addStrings("tokenizer.ggml.merges", merges);
    writer.addU32("tokenizer.ggml.unknown_token_id", 0);
    if (charsmap) {
        static const std::vector<uint8_t> map = {8, 0, 0, 0, 0, 4, 0, 0, 97, 1, 0, 0, 'b', 0};
        alcove::engine::GgufArray array;
        array.count = map.size();
        array.packed = std::as_bytes(std::span(map));
        writer.addValue("tokenizer.ggml.precompiled_charsmap",
                        {alcove::engine::GgufType::Array, array});
    }
    return writer.write(path).ok();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: tokenizer_seeds FOLDER\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    bool good = write(folder / "llama", "llama", "", false) &&
                write(folder / "bert", "bert", "", false) && write(folder / "t5", "t5", "", true) &&
                write(folder / "gemma4", "gemma4", "", false);
    for (const char* pre : {"", "llama-bpe", "tekken", "deepseek-llm", "deepseek-v3", "tiny_aya",
                            "viking", "qwen35", "falcon", "deepseek-coder"}) {
        good = good && write(folder / (std::string("gpt2-") + pre), "gpt2", pre, false);
    }
    return good ? 0 : 1;
}
