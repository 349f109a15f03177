// The transformer decoder all generating architectures of this folder are variations of:
//
//     x = embedding of the token × embeddingScale
//     each layer:  x += residualScale · post(attention(norm(x)));  x += residualScale ·
//     post(ffn(norm(x))) logits = output · norm(x) × logitScale, then perhaps capped
//
// A parallel layer computes both branches from one norm: x += attention(norm(x)) + ffn(norm(x)).
#pragma once

#include <memory>
#include <vector>

#include "engine/model/architecture.h"
#include "engine/model/blocks.h"

namespace alcove::engine {

struct DecoderLayer {
    Norm attentionNorm;
    Attention attention;
    Norm attentionPostNorm;
    Norm feedForwardNorm;  // not present: parallel
    FeedForward feedForward;
    Norm feedForwardPostNorm;
    bool localRope = false;  // turns by Decoder::localRope
};

class Decoder final : public Architecture {
public:
    // Sizes read by loadDecoder().
    int64_t contextLength = 0, width = 0, heads = 0, headDim = 0, valueDim = 0, vocabularySize = 0;
    std::vector<int64_t> layerHeads, layerKvHeads, layerInner;
    float epsilon = 1e-5f;
    NormKind normKind = NormKind::Rms;

    [[nodiscard]] int64_t layerCount() const { return static_cast<int64_t>(layerHeads.size()); }

    Matrix embedding;
    float embeddingScale = 1.0f;
    float residualScale = 1.0f;
    float logitScale = 1.0f;
    float logitSoftcap = 0.0f;
    bool isCausal = true;
    Rope rope, localRope;
    std::vector<DecoderLayer> layers;
    Norm outputNorm;
    Linear output;

    [[nodiscard]] std::vector<CacheLayerShape> cacheLayers() const override;
    [[nodiscard]] Result<Tensor> states(Compute& compute, const Batch& batch) const override;
    [[nodiscard]] Tensor logits(Compute& compute, Tensor states) const override;
    [[nodiscard]] int64_t vocabulary() const override { return vocabularySize; }
    [[nodiscard]] bool causal() const override { return isCausal; }
};

/// Sizes, embedding, rope, output; no layers yet.
std::unique_ptr<Decoder> loadDecoder(Loader& load, RopeStyle style, NormKind norm = NormKind::Rms);

/// The plain layer: normed attention, then a normed gated feed-forward (or experts where the file
/// has them).
DecoderLayer loadDecoderLayer(Loader& load, const Decoder& decoder, int64_t layer,
                              Activation activation = Activation::Silu);
/// Without the feed-forward part.
DecoderLayer loadAttentionLayer(Loader& load, const Decoder& decoder, int64_t layer);

/// RMS norms over each head of queries and keys.
void loadHeadNorms(Loader& load, const Decoder& decoder, int64_t layer, Attention& attention);

/// Which layers have a sliding window: the file's pattern (an array, or one number n: all but each
/// n-th), else `every`.
std::vector<bool> loadWindowPattern(Loader& load, size_t layers, int64_t every);

}  // namespace alcove::engine
