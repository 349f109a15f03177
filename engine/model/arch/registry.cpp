#include "engine/model/arch/arch.h"

namespace alcove::engine {

std::vector<ArchitectureEntry> architectures() {
    return {
        {"bert", makeBert},
        {"gemma", makeGemma},
        {"gemma-embedding", makeGemmaEmbedding},
        {"gemma2", makeGemma2},
        {"gemma3", makeGemma3},
        {"granite", makeGranite},
        {"jina-bert-v2", makeJinaBertV2},
        {"llama", makeLlama},
        {"minicpm", makeMiniCpm},
        {"mistral3", makeMistral3},
        {"nomic-bert", makeNomicBert},
        {"openelm", makeOpenElm},
        {"phi2", makePhi2},
        {"phi3", makePhi3},
        {"qwen2", makeQwen2},
        {"qwen3", makeQwen3},
        {"smollm3", makeSmolLm3},
        {"stablelm", makeStableLm},
    };
}

std::vector<std::string> knownArchitectures() {
    std::vector<std::string> names;
    for (const ArchitectureEntry& entry : architectures()) names.emplace_back(entry.name);
    return names;
}

int64_t rankLabels(Loader& load) {
    const GgufArray* labels = load.file().array(load.architecture() + ".classifier.output_labels");
    return labels && labels->count > 0 ? static_cast<int64_t>(labels->count) : 1;
}

}  // namespace alcove::engine
