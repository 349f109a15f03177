// granite and minicpm: llama with constant factors on the embedding, on both branches, on the
// attention scores and on the logits. They differ in the factors' defaults; granite's files may
// switch the rotation off.

#include <cmath>

#include "engine/model/arch/arch.h"

namespace alcove::engine {
namespace {

std::unique_ptr<Decoder> loadScaled(Loader& load, bool rotates) {
    auto d = loadDecoder(load, RopeStyle::Norm);
    const float scale = load.number("attention.scale", 0.0f);
    for (int64_t i = 0; i < d->layerCount(); ++i) {
        d->layers.push_back(loadDecoderLayer(load, *d, i));
        d->layers.back().attention.rotates = rotates;
        if (scale != 0.0f) d->layers.back().attention.scale = scale;
    }
    return d;
}

void setFactors(Loader& load, Decoder& d, float embedding, float residual, float logit) {
    const auto orOne = [](float factor) { return factor == 0.0f ? 1.0f : factor; };
    d.embeddingScale = orOne(load.number("embedding_scale", embedding));
    d.residualScale = orOne(load.number("residual_scale", residual));
    d.logitScale = 1.0f / orOne(load.number("logit_scale", logit));
}

}  // namespace

std::unique_ptr<Architecture> makeGranite(Loader& load) {
    auto d = loadScaled(load, load.flag("rope.scaling.finetuned", true));
    load.requiredNumber("logit_scale");
    setFactors(load, *d, 1.0f, 1.0f, 1.0f);
    return d;
}

std::unique_ptr<Architecture> makeMiniCpm(Loader& load) {
    auto d = loadScaled(load, true);
    const float depth = std::sqrt(static_cast<float>(d->layerCount()));
    setFactors(load, *d, 12.0f, depth > 0.0f ? 1.4f / depth : 1.0f,
               d->width > 0 ? 256.0f / static_cast<float>(d->width) : 1.0f);
    return d;
}

}  // namespace alcove::engine
