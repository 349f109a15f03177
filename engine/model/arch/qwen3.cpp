// qwen3 (Qwen 3, its embedders and rerankers): RMS norms over each head of queries and keys before
// the rotation. A reranker's file has two rows in cls.output ("yes" and "no"), whose softmax is the
// relevance.

#include "engine/model/arch/arch.h"

namespace alcove::engine {

std::unique_ptr<Architecture> makeQwen3(Loader& load) {
    auto d = loadDecoder(load, RopeStyle::Neox);
    for (int64_t i = 0; i < d->layerCount(); ++i) {
        d->layers.push_back(loadDecoderLayer(load, *d, i));
        loadHeadNorms(load, *d, i, d->layers.back().attention);
    }
    if (load.hasTensor("cls.output.weight")) {
        d->head.output = load.linear("cls.output", d->width, rankLabels(load));
        d->head.softmax = true;
    }
    return d;
}

}  // namespace alcove::engine
