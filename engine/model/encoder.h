// The BERT kind of encoder: sees the whole text at once, norms after each branch.
//
//     x = norm(embedding of the token + of type 0 + of the position)
//     each layer:  x = norm(x + attention(x));  x = norm(x + ffn(x))
#pragma once

#include <memory>
#include <vector>

#include "engine/model/architecture.h"
#include "engine/model/blocks.h"

namespace alcove::engine {

struct EncoderLayer {
    Attention attention;
    Norm attentionNorm;
    Norm secondNorm;  // jina-bert-v2: x = secondNorm(x₀ + attentionNorm(x₀ + attention(x₀)))
    FeedForward feedForward;
    Norm outputNorm;
};

class Encoder final : public Architecture {
public:
    int64_t contextLength = 0, width = 0, heads = 0, kvHeads = 0, inner = 0, layerCount = 0,
            vocabularySize = 0;
    float epsilon = 1e-12f;

    Matrix embedding;
    Vector typeZero;       // of token type 0, added everywhere; may be empty
    Matrix positionTable;  // may be absent
    Norm embeddingNorm;
    Rope rope;  // no dimensions: none
    std::vector<EncoderLayer> layers;

    [[nodiscard]] std::vector<CacheLayerShape> cacheLayers() const override { return {}; }
    [[nodiscard]] Result<Tensor> states(Compute& compute, const Batch& batch) const override;
    [[nodiscard]] Tensor logits(Compute& compute, Tensor states) const override;
    [[nodiscard]] int64_t vocabulary() const override { return vocabularySize; }
    [[nodiscard]] bool causal() const override { return false; }
};

/// Sizes, embeddings and their norm; no layers yet.
std::unique_ptr<Encoder> loadEncoder(Loader& load);
/// Attention and both norms; the feed-forward part is the architecture's own.
EncoderLayer loadEncoderLayer(Loader& load, const Encoder& encoder, int64_t layer);

}  // namespace alcove::engine
