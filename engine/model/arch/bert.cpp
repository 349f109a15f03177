// bert and its successors:
//   bert          learned positions, plain GELU (MiniLM, bge; rerankers with `cls` and
//   `cls.output`) nomic-bert    rotation of halves instead of positions, gated SiLU jina-bert-v2
//   ALiBi instead of positions, gated GELU, perhaps layer norms over queries and keys

#include "engine/model/arch/arch.h"

namespace alcove::engine {
namespace {

void loadRankHead(Loader& load, Encoder& e) {
    e.head.output = load.optionalLinear("cls.output", e.width, rankLabels(load));
    // jina's reranker has a single layer under the first name
    const int64_t rows = e.head.output.present() || load.architecture() == "bert" ? e.width : 1;
    Linear first = load.optionalLinear("cls", e.width, rows);
    if (rows == 1 && first.present())
        e.head.output = std::move(first), e.head.squash = true;
    else
        e.head.dense = std::move(first);
}

Norm optionalLayerNorm(Loader& load, const Encoder& e, int64_t layer, std::string_view part) {
    return load.optionalNorm(layerName(layer, part), e.width, NormKind::Layer, e.epsilon);
}

}  // namespace

std::unique_ptr<Architecture> makeBert(Loader& load) {
    auto e = loadEncoder(load);
    e->positionTable = load.matrix("position_embd.weight", e->width, e->contextLength);
    for (int64_t i = 0; i < e->layerCount; ++i) {
        EncoderLayer layer = loadEncoderLayer(load, *e, i);
        layer.feedForward = loadPlain(load, i, e->width, e->inner, Activation::GeluTanh);
        e->layers.push_back(std::move(layer));
    }
    loadRankHead(load, *e);
    return e;
}

std::unique_ptr<Architecture> makeNomicBert(Loader& load) {
    auto e = loadEncoder(load);
    e->rope =
        loadRope(load, RopeStyle::Neox, e->heads > 0 ? e->width / e->heads : 0, e->contextLength);
    for (int64_t i = 0; i < e->layerCount; ++i) {
        EncoderLayer layer = loadEncoderLayer(load, *e, i);
        layer.feedForward = loadGated(load, i, e->width, e->inner, Activation::Silu);
        e->layers.push_back(std::move(layer));
    }
    return e;
}

std::unique_ptr<Architecture> makeJinaBertV2(Loader& load) {
    auto e = loadEncoder(load);
    for (int64_t i = 0; i < e->layerCount; ++i) {
        EncoderLayer layer = loadEncoderLayer(load, *e, i);
        layer.attention.alibiSlopes = alibiSlopes(e->heads, 8.0f);
        layer.attention.normOverHeads = true;
        layer.attention.queryNorm = optionalLayerNorm(load, *e, i, "attn_q_norm");
        layer.attention.keyNorm = optionalLayerNorm(load, *e, i, "attn_k_norm");
        layer.secondNorm = optionalLayerNorm(load, *e, i, "attn_norm_2");
        const TensorInfo* up = load.file().tensor(layerName(i, "ffn_up.weight"));
        if (load.hasTensor(layerName(i, "ffn_gate.weight"))) {
            layer.feedForward = loadGated(load, i, e->width, e->inner, Activation::GeluTanh);
        } else if (up && up->shape[1] == 2 * e->inner) {
            layer.feedForward.activation = Activation::GeluTanh;
            layer.feedForward.fusedGate = true;
            layer.feedForward.up = load.linear(layerName(i, "ffn_up"), e->width, 2 * e->inner);
            layer.feedForward.down = load.linear(layerName(i, "ffn_down"), e->inner, e->width);
        } else {
            layer.feedForward = loadPlain(load, i, e->width, e->inner, Activation::GeluTanh);
        }
        e->layers.push_back(std::move(layer));
    }
    loadRankHead(load, *e);
    return e;
}

}  // namespace alcove::engine
