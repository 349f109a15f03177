// The Gemma line: embedding × √width, gated GELU, rotation of halves, head size of its own, output
// tied.
//   gemma           nothing more
//   gemma2          norms after both branches, layers with a sliding window in turn, soft caps on
//   scores and logits gemma3          gemma2's norms and norms over each head; five local layers
//   (base 10,000) for one global gemma-embedding gemma3 that looks both ways, with a symmetric
//   window; two dense layers after mean pooling

#include <cmath>

#include "engine/model/arch/arch.h"

namespace alcove::engine {
namespace {

std::unique_ptr<Decoder> loadGemma(Loader& load) {
    auto d = loadDecoder(load, RopeStyle::Neox);
    d->embeddingScale = std::sqrt(static_cast<float>(d->width));
    return d;
}

void loadLayers(Loader& load, Decoder& d, bool postNorms, bool headNorms) {
    for (int64_t i = 0; i < d.layerCount(); ++i) {
        DecoderLayer layer = loadDecoderLayer(load, d, i, Activation::GeluTanh);
        if (postNorms) {
            layer.attentionPostNorm =
                load.norm(layerName(i, "post_attention_norm"), d.width, NormKind::Rms, d.epsilon);
            layer.feedForwardPostNorm =
                load.norm(layerName(i, "post_ffw_norm"), d.width, NormKind::Rms, d.epsilon);
        }
        if (headNorms) loadHeadNorms(load, d, i, layer.attention);
        d.layers.push_back(std::move(layer));
    }
}

/// Windowed layers turn by a rope of their own: `base` unless the file says, positions undivided
/// unless `scale`.
void loadWindows(Loader& load, Decoder& d, int64_t every, int64_t window, WindowKind kind,
                 float base, float scale) {
    d.localRope = d.rope;
    d.localRope.base = load.number("rope.freq_base_swa", base);
    d.localRope.scale = scale;
    const std::vector<bool> windowed = loadWindowPattern(load, d.layers.size(), every);
    for (size_t i = 0; i < d.layers.size(); ++i) {
        if (!windowed[i]) continue;
        d.layers[i].attention.windowKind = kind;
        d.layers[i].attention.window = window;
        d.layers[i].localRope = true;
    }
}

/// The 27B models (told by their depth) scale scores by width / heads instead of the head's size.
void scaleByWidth(Decoder& d, int64_t depth) {
    if (d.layerCount() != depth) return;
    for (DecoderLayer& layer : d.layers)
        layer.attention.scale = 1.0f / std::sqrt(static_cast<float>(d.width / d.heads));
}

constexpr int64_t kMaxWindow = int64_t{1} << 31;

}  // namespace

std::unique_ptr<Architecture> makeGemma(Loader& load) {
    auto d = loadGemma(load);
    loadLayers(load, *d, false, false);
    return d;
}

std::unique_ptr<Architecture> makeGemma2(Loader& load) {
    auto d = loadGemma(load);
    loadLayers(load, *d, true, false);
    loadWindows(load, *d, 2, load.count("attention.sliding_window", kMaxWindow, 4096),
                WindowKind::Sliding, d->rope.base, d->rope.scale);
    scaleByWidth(*d, 46);
    for (DecoderLayer& layer : d->layers)
        layer.attention.softcap = load.number("attn_logit_softcapping", 50.0f);
    d->logitSoftcap = load.number("final_logit_softcapping", 30.0f);
    return d;
}

std::unique_ptr<Architecture> makeGemma3(Loader& load) {
    auto d = loadGemma(load);
    loadLayers(load, *d, true, true);
    if (load.file().integer("gemma3.attention.sliding_window").value_or(0) > 0)
        loadWindows(load, *d, 6, load.count("attention.sliding_window", kMaxWindow),
                    WindowKind::Sliding, 10000.0f, 1.0f);
    scaleByWidth(*d, 62);
    d->logitSoftcap = load.number("final_logit_softcapping", 0.0f);
    return d;
}

std::unique_ptr<Architecture> makeGemmaEmbedding(Loader& load) {
    auto d = loadGemma(load);
    d->isCausal = false;
    loadLayers(load, *d, true, true);
    loadWindows(load, *d, 6, load.count("attention.sliding_window", kMaxWindow),
                WindowKind::Symmetric, 10000.0f, 1.0f);
    if (load.hasTensor("dense_2.weight")) {
        const int64_t inner = load.count("dense_2_feat_out", 1 << 20);
        d->head.dense2 = load.linear("dense_2", d->width, inner);
        d->head.dense3 = load.linear("dense_3", inner, d->width);
    }
    return d;
}

}  // namespace alcove::engine
