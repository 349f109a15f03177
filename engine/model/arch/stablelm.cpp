// stablelm: layer norms and gated SiLU. The 12B norms each head of queries and keys, every head
// with weights of its own, and computes both branches side by side (its files have no ffn_norm).

#include "engine/model/arch/arch.h"

namespace alcove::engine {

std::unique_ptr<Architecture> makeStableLm(Loader& load) {
    auto d = loadDecoder(load, RopeStyle::Neox, NormKind::Layer);
    for (int64_t i = 0; i < d->layerCount(); ++i) {
        DecoderLayer layer = loadAttentionLayer(load, *d, i);
        Attention& a = layer.attention;
        a.queryNorm = load.optionalNorm(layerName(i, "attn_q_norm"), a.heads * a.keyDim,
                                        NormKind::Layer, d->epsilon, a.heads);
        a.keyNorm = load.optionalNorm(layerName(i, "attn_k_norm"), a.kvHeads * a.keyDim,
                                      NormKind::Layer, d->epsilon, a.kvHeads);
        layer.feedForwardNorm =
            load.optionalNorm(layerName(i, "ffn_norm"), d->width, NormKind::Layer, d->epsilon);
        layer.feedForward =
            loadGated(load, i, d->width, d->layerInner[static_cast<size_t>(i)], Activation::Silu);
        d->layers.push_back(std::move(layer));
    }
    return d;
}

}  // namespace alcove::engine
