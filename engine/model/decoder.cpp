#include "engine/model/decoder.h"

namespace alcove::engine {
namespace {

constexpr int64_t kMaxLayers = 1024;
constexpr int64_t kMaxWidth = 1 << 20;
constexpr int64_t kMaxHeads = 4096;
constexpr int64_t kMaxHeadDim = 1024;
constexpr int64_t kMaxContext = int64_t{1} << 31;

int64_t loadVocabularySize(Loader& load) {
    if (load.has("vocab_size")) return load.count("vocab_size", 1 << 24);
    if (const GgufArray* tokens = load.file().array("tokenizer.ggml.tokens"))
        return static_cast<int64_t>(tokens->count);
    if (const TensorInfo* table = load.file().tensor("token_embd.weight")) return table->shape[1];
    return 0;
}

/// Adds a branch to the residual stream: norm of its own first, then the model's factor.
void addBranch(Compute& compute, const Norm& post, float factor, Tensor branch, Tensor stream) {
    if (post.present()) compute.normalise(post, branch, branch, branch.columns);
    compute.add(stream, branch, factor);
}

}  // namespace

std::unique_ptr<Decoder> loadDecoder(Loader& load, RopeStyle style, NormKind norm) {
    auto d = std::make_unique<Decoder>();
    d->contextLength = load.count("context_length", kMaxContext);
    d->width = load.count("embedding_length", kMaxWidth);
    const int64_t count = load.count("block_count", kMaxLayers);
    // A file may carry blocks that predict further tokens; they are not part of the plain model.
    const bool predicts =
        load.file().integer(load.architecture() + ".nextn_predict_layers").value_or(0) != 0;
    const int64_t extra = predicts ? load.count("nextn_predict_layers", count - 1) : 0;
    for (int64_t i = count - extra; i < count; ++i) load.ignore(layerName(i, ""));
    const int64_t layers = count - extra;
    d->layerHeads = load.perLayer("attention.head_count", layers, kMaxHeads);
    d->layerKvHeads = load.has("attention.head_count_kv")
                          ? load.perLayer("attention.head_count_kv", layers, kMaxHeads)
                          : d->layerHeads;
    d->layerInner = load.perLayer("feed_forward_length", layers, kMaxWidth * 4);
    d->heads = d->layerHeads.empty() ? 1 : d->layerHeads.front();
    d->headDim =
        load.count("attention.key_length", kMaxHeadDim, d->heads > 0 ? d->width / d->heads : 0);
    d->valueDim =
        load.count("attention.value_length", kMaxHeadDim, d->heads > 0 ? d->width / d->heads : 0);
    d->normKind = norm;
    d->epsilon = load.epsilon(norm == NormKind::Rms ? "attention.layer_norm_rms_epsilon"
                                                    : "attention.layer_norm_epsilon");
    d->vocabularySize = loadVocabularySize(load);
    d->isCausal = load.flag("attention.causal", true);
    if (load.failed()) return d;
    d->rope = loadRope(load, style, d->headDim, d->contextLength);
    d->embedding = load.matrix("token_embd.weight", d->width, d->vocabularySize);
    d->outputNorm = load.norm("output_norm", d->width, norm, d->epsilon);
    d->output = load.optionalLinear("output", d->width, d->vocabularySize);
    if (!d->output.present()) d->output.weight = d->embedding;  // tied
    return d;
}

DecoderLayer loadAttentionLayer(Loader& load, const Decoder& decoder, int64_t layer) {
    const auto i = static_cast<size_t>(layer);
    DecoderLayer l;
    l.attentionNorm =
        load.norm(layerName(layer, "attn_norm"), decoder.width, decoder.normKind, decoder.epsilon);
    l.attention = loadAttention(load, layer, decoder.width, decoder.layerHeads[i],
                                decoder.layerKvHeads[i], decoder.headDim, decoder.valueDim);
    l.attention.causal = decoder.isCausal;
    return l;
}

DecoderLayer loadDecoderLayer(Loader& load, const Decoder& decoder, int64_t layer,
                              Activation activation) {
    DecoderLayer l = loadAttentionLayer(load, decoder, layer);
    const int64_t inner = decoder.layerInner[static_cast<size_t>(layer)];
    l.feedForwardNorm =
        load.norm(layerName(layer, "ffn_norm"), decoder.width, decoder.normKind, decoder.epsilon);
    if (load.hasTensor(layerName(layer, "ffn_gate_inp.weight"))) {
        const int64_t experts = load.count("expert_count", 1024);
        const int64_t used = load.count("expert_used_count", experts);
        l.feedForward = loadExperts(load, layer, decoder.width, inner, experts, used);
        l.feedForward.activation = activation;
    } else {
        l.feedForward = loadGated(load, layer, decoder.width, inner, activation);
    }
    return l;
}

void loadHeadNorms(Loader& load, const Decoder& decoder, int64_t layer, Attention& attention) {
    attention.queryNorm = load.norm(layerName(layer, "attn_q_norm"), attention.keyDim,
                                    NormKind::Rms, decoder.epsilon);
    attention.keyNorm = load.norm(layerName(layer, "attn_k_norm"), attention.keyDim, NormKind::Rms,
                                  decoder.epsilon);
}

std::vector<bool> loadWindowPattern(Loader& load, size_t layers, int64_t every) {
    std::vector<bool> windowed(layers);
    const std::string key = load.architecture() + ".attention.sliding_window_pattern";
    if (const GgufArray* array = load.file().array(key)) {
        if (array->count < layers || array->type == GgufType::String ||
            array->type == GgufType::Array) {
            load.reject(
                fail(load.file().name(), ": ", key, " must say for each of ", layers, " layers"));
            return windowed;
        }
        for (size_t i = 0; i < layers; ++i) windowed[i] = array->integer(i) != 0;
        return windowed;
    }
    const auto period =
        static_cast<size_t>(load.count("attention.sliding_window_pattern", kMaxLayers, every));
    for (size_t i = 0; i < layers; ++i) windowed[i] = period == 0 || i % period < period - 1;
    return windowed;
}

std::vector<CacheLayerShape> Decoder::cacheLayers() const {
    std::vector<CacheLayerShape> shapes;
    if (!isCausal) return shapes;
    for (const DecoderLayer& layer : layers) {
        const Attention& a = layer.attention;
        shapes.push_back(
            {a.kvHeads, a.keyDim, a.valueDim, a.windowKind == WindowKind::None ? 0 : a.window});
    }
    return shapes;
}

Result<Tensor> Decoder::states(Compute& compute, const Batch& batch) const {
    const auto rows = static_cast<int64_t>(batch.tokens.size());
    const Tensor result = compute.allocate(static_cast<int64_t>(batch.wanted.size()), width);
    const Compute::Mark mark = compute.mark();
    Tensor x = compute.allocate(rows, width);
    Tensor normed = compute.allocate(rows, width);
    Tensor branch = compute.allocate(rows, width);
    compute.gather(embedding, batch.tokens, x);
    if (embeddingScale != 1.0f) compute.scale(x, embeddingScale);
    const RopeTable globalTable = makeRopeTable(rope, batch.positions, batch.contextLength);
    const RopeTable localTable = makeRopeTable(localRope, batch.positions, batch.contextLength);

    for (size_t i = 0; i < layers.size(); ++i) {
        if (batch.stop.stop_requested()) return fail("cancelled");
        const DecoderLayer& layer = layers[i];
        compute.normalise(layer.attentionNorm, x, normed, width);
        attend(compute, batch, layer.attention, i, layer.localRope ? localTable : globalTable,
               normed, branch);
        const bool parallel = !layer.feedForwardNorm.present();
        if (i + 1 == layers.size()) {  // from here on only the wanted rows matter
            const auto narrow = [&](Tensor& t) {
                const Tensor wanted =
                    compute.allocate(static_cast<int64_t>(batch.wanted.size()), width);
                compute.gather(t, batch.wanted, wanted);
                t = wanted;
            };
            narrow(x);
            narrow(branch);
            narrow(normed);
        }
        addBranch(compute, layer.attentionPostNorm, residualScale, branch, x);
        if (!parallel) compute.normalise(layer.feedForwardNorm, x, normed, width);
        feedForward(compute, layer.feedForward, normed, branch);
        addBranch(compute, layer.feedForwardPostNorm, residualScale, branch, x);
    }
    compute.normalise(outputNorm, x, result, width);
    compute.release(mark);
    return result;
}

Tensor Decoder::logits(Compute& compute, Tensor states) const {
    const Tensor out = compute.allocate(states.rows, vocabularySize);
    compute.multiply(states, output, out);
    if (logitScale != 1.0f) compute.scale(out, logitScale);
    if (logitSoftcap > 0.0f) compute.softcap(out, logitSoftcap);
    return out;
}

}  // namespace alcove::engine
