// mistral3 (Ministral 3, newer Mistral Small): llama with yarn, and queries that grow with the
// logarithm of how many original contexts they are in.

#include "engine/model/arch/arch.h"

namespace alcove::engine {

std::unique_ptr<Architecture> makeMistral3(Loader& load) {
    auto d = loadDecoder(load, RopeStyle::Norm);
    const float temperature = load.number("attention.temperature_scale", 0.0f);
    const float scale = load.number("attention.scale", 0.0f);
    for (int64_t i = 0; i < d->layerCount(); ++i) {
        d->layers.push_back(loadDecoderLayer(load, *d, i));
        Attention& attention = d->layers.back().attention;
        attention.temperature = temperature;
        attention.temperatureLength = d->rope.originalContext;
        if (scale != 0.0f) attention.scale = scale;
    }
    return d;
}

}  // namespace alcove::engine
