// smollm3: llama whose every fourth layer does not rotate.

#include "engine/model/arch/arch.h"

namespace alcove::engine {

std::unique_ptr<Architecture> makeSmolLm3(Loader& load) {
    auto d = loadDecoder(load, RopeStyle::Norm);
    for (int64_t i = 0; i < d->layerCount(); ++i) {
        d->layers.push_back(loadDecoderLayer(load, *d, i));
        d->layers.back().attention.rotates = (i + 1) % 4 != 0;
    }
    return d;
}

}  // namespace alcove::engine
