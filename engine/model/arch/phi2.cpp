// phi2 (Phi-1, 1.5 and 2): one layer norm feeds attention and a plain GELU feed-forward side by
// side; biases everywhere, on the output too.

#include "engine/model/arch/arch.h"

namespace alcove::engine {

std::unique_ptr<Architecture> makePhi2(Loader& load) {
    auto d = loadDecoder(load, RopeStyle::Neox, NormKind::Layer);
    for (int64_t i = 0; i < d->layerCount(); ++i) {
        DecoderLayer layer = loadAttentionLayer(load, *d, i);
        layer.feedForward = loadPlain(load, i, d->width, d->layerInner[static_cast<size_t>(i)],
                                      Activation::GeluTanh);
        d->layers.push_back(std::move(layer));
    }
    return d;
}

}  // namespace alcove::engine
