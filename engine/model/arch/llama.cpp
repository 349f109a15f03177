// llama, and the many families whose files say so: Llama 1–3.x, Mistral and Mixtral, SmolLM,
// TinyLlama, R1 distills. The baseline of all others: RMS norms, rotation of neighbouring pairs,
// gated SiLU (or a mixture of experts).

#include "engine/model/arch/arch.h"

namespace alcove::engine {

std::unique_ptr<Architecture> makeLlama(Loader& load) {
    auto d = loadDecoder(load, RopeStyle::Norm);
    for (int64_t i = 0; i < d->layerCount(); ++i)
        d->layers.push_back(loadDecoderLayer(load, *d, i));
    return d;
}

}  // namespace alcove::engine
