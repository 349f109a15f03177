// qwen2 (Qwen 2 and 2.5, R1 distills of them): llama with biases on queries, keys and values (read
// where the file has them) and rotation of halves.

#include "engine/model/arch/arch.h"

namespace alcove::engine {

std::unique_ptr<Architecture> makeQwen2(Loader& load) {
    auto d = loadDecoder(load, RopeStyle::Neox);
    for (int64_t i = 0; i < d->layerCount(); ++i)
        d->layers.push_back(loadDecoderLayer(load, *d, i));
    return d;
}

}  // namespace alcove::engine
