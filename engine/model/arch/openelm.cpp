// openelm: every layer has its own number of heads and inner width; fused q|k|v, norms over each
// head.

#include "engine/model/arch/arch.h"

namespace alcove::engine {

std::unique_ptr<Architecture> makeOpenElm(Loader& load) {
    auto d = loadDecoder(load, RopeStyle::Neox);
    for (int64_t i = 0; i < d->layerCount(); ++i) {
        d->layers.push_back(loadDecoderLayer(load, *d, i));
        loadHeadNorms(load, *d, i, d->layers.back().attention);
    }
    return d;
}

}  // namespace alcove::engine
