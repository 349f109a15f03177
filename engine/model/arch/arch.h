// What the architecture files share, and the functions they define. Adding one: a file here, a line
// in registry.cpp, a line in CMakeLists.txt, and tiny models with goldens in the tests.
#pragma once

#include <memory>

#include "engine/model/decoder.h"
#include "engine/model/encoder.h"

namespace alcove::engine {

/// How many scores a rank head gives: the file's labels, or one.
[[nodiscard]] int64_t rankLabels(Loader& load);

std::unique_ptr<Architecture> makeBert(Loader& load);
std::unique_ptr<Architecture> makeGemma(Loader& load);
std::unique_ptr<Architecture> makeGemma2(Loader& load);
std::unique_ptr<Architecture> makeGemma3(Loader& load);
std::unique_ptr<Architecture> makeGemmaEmbedding(Loader& load);
std::unique_ptr<Architecture> makeGranite(Loader& load);
std::unique_ptr<Architecture> makeJinaBertV2(Loader& load);
std::unique_ptr<Architecture> makeLlama(Loader& load);
std::unique_ptr<Architecture> makeMiniCpm(Loader& load);
std::unique_ptr<Architecture> makeMistral3(Loader& load);
std::unique_ptr<Architecture> makeNomicBert(Loader& load);
std::unique_ptr<Architecture> makeOpenElm(Loader& load);
std::unique_ptr<Architecture> makePhi2(Loader& load);
std::unique_ptr<Architecture> makePhi3(Loader& load);
std::unique_ptr<Architecture> makeQwen2(Loader& load);
std::unique_ptr<Architecture> makeQwen3(Loader& load);
std::unique_ptr<Architecture> makeSmolLm3(Loader& load);
std::unique_ptr<Architecture> makeStableLm(Loader& load);

}  // namespace alcove::engine
