#include "engine/model/encoder.h"

namespace alcove::engine {

std::unique_ptr<Encoder> loadEncoder(Loader& load) {
    auto e = std::make_unique<Encoder>();
    e->contextLength = load.count("context_length", 1 << 24);
    e->width = load.count("embedding_length", 1 << 20);
    e->layerCount = load.count("block_count", 1024);
    e->heads = load.count("attention.head_count", 4096);
    e->kvHeads = load.count("attention.head_count_kv", 4096, e->heads);
    e->inner = load.count("feed_forward_length", 1 << 22);
    e->epsilon = load.epsilon("attention.layer_norm_epsilon");
    if (load.flag("attention.causal", false))
        load.reject(fail(load.file().name(), ": a causal ", load.architecture(), " is not known"));
    if (e->heads > 0 && e->width % e->heads != 0)
        load.reject(fail(load.file().name(), ": width ", e->width, " cannot be split into ",
                         e->heads, " heads"));
    const TensorInfo* table = load.file().tensor("token_embd.weight");
    e->vocabularySize = table ? table->shape[1] : 0;
    e->embedding = load.matrix("token_embd.weight", e->width, e->vocabularySize);
    if (load.hasTensor("token_types.weight")) {
        const int64_t stated = load.file().integer("tokenizer.ggml.token_type_count").value_or(2);
        const int64_t types = std::clamp<int64_t>(stated, 1, 4096);
        const Vector all = load.vector("token_types.weight", types * e->width, types);
        if (all.size() >= static_cast<size_t>(e->width))
            e->typeZero.assign(all.begin(), all.begin() + e->width);
    }
    e->embeddingNorm = load.norm("token_embd_norm", e->width, NormKind::Layer, e->epsilon);
    return e;
}

EncoderLayer loadEncoderLayer(Loader& load, const Encoder& e, int64_t layer) {
    EncoderLayer l;
    const int64_t headDim = e.heads > 0 ? e.width / e.heads : 0;
    l.attention = loadAttention(load, layer, e.width, e.heads, e.kvHeads, headDim, headDim);
    l.attention.causal = false;
    l.attention.rotates = e.rope.dimensions > 0;
    l.attentionNorm =
        load.norm(layerName(layer, "attn_output_norm"), e.width, NormKind::Layer, e.epsilon);
    l.outputNorm =
        load.norm(layerName(layer, "layer_output_norm"), e.width, NormKind::Layer, e.epsilon);
    return l;
}

Result<Tensor> Encoder::states(Compute& compute, const Batch& batch) const {
    const auto rows = static_cast<int64_t>(batch.tokens.size());
    const Tensor result = compute.allocate(static_cast<int64_t>(batch.wanted.size()), width);
    const Compute::Mark mark = compute.mark();
    Tensor x = compute.allocate(rows, width);
    Tensor branch = compute.allocate(rows, width);
    compute.gather(embedding, batch.tokens, x);
    if (!typeZero.empty()) compute.addVector(x, typeZero);
    if (positionTable.present()) {
        compute.gather(positionTable, batch.positions, branch);
        compute.add(x, branch, 1.0f);
    }
    compute.normalise(embeddingNorm, x, x, width);
    const RopeTable table = makeRopeTable(rope, batch.positions, batch.contextLength);

    for (size_t i = 0; i < layers.size(); ++i) {
        if (batch.stop.stop_requested()) return fail("cancelled");
        const EncoderLayer& layer = layers[i];
        attend(compute, batch, layer.attention, i, table, x, branch);
        compute.add(branch, x, 1.0f);
        compute.normalise(layer.attentionNorm, branch, branch, width);
        if (layer.secondNorm.present()) {
            compute.add(branch, x, 1.0f);
            compute.normalise(layer.secondNorm, branch, branch, width);
        }
        feedForward(compute, layer.feedForward, branch, x);
        compute.add(x, branch, 1.0f);
        compute.normalise(layer.outputNorm, x, x, width);
    }
    compute.gather(x, batch.wanted, result);
    compute.release(mark);
    return result;
}

Tensor Encoder::logits(Compute& compute, Tensor states) const {
    return compute.allocate(states.rows, 0);  // an encoder predicts nothing
}

}  // namespace alcove::engine
