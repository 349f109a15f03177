// phi3 (Phi-3, 3.5, 4 and 4-mini): fused q|k|v and gate|up, rotation of a part of the head,
// longrope. The sliding window its files name is not applied, as in the reference: the converters
// never filled it in rightly.

#include "engine/model/arch/arch.h"

namespace alcove::engine {

std::unique_ptr<Architecture> makePhi3(Loader& load) {
    auto d = loadDecoder(load, RopeStyle::Neox);
    for (int64_t i = 0; i < d->layerCount(); ++i) {
        DecoderLayer layer = loadAttentionLayer(load, *d, i);
        const int64_t inner = d->layerInner[static_cast<size_t>(i)];
        layer.feedForwardNorm =
            load.norm(layerName(i, "ffn_norm"), d->width, NormKind::Rms, d->epsilon);
        layer.feedForward.fusedGate = true;
        layer.feedForward.up = load.linear(layerName(i, "ffn_up"), d->width, 2 * inner);
        layer.feedForward.down = load.linear(layerName(i, "ffn_down"), inner, d->width);
        d->layers.push_back(std::move(layer));
    }
    return d;
}

}  // namespace alcove::engine
