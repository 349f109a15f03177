#include "engine/model/blocks.h"

#include <algorithm>
#include <cmath>

namespace alcove::engine {

Attention loadAttention(Loader& load, int64_t layer, int64_t width, int64_t heads, int64_t kvHeads,
                        int64_t keyDim, int64_t valueDim) {
    Attention a;
    a.heads = heads;
    a.kvHeads = kvHeads;
    a.keyDim = keyDim;
    a.valueDim = valueDim;
    a.scale = 1.0f / std::sqrt(static_cast<float>(keyDim));
    if (kvHeads < 1 || heads % kvHeads != 0)
        load.reject(fail(load.file().name(), ": ", heads, " heads cannot share ", kvHeads,
                         " key-value heads (layer ", layer, ")"));
    const int64_t q = heads * keyDim, k = kvHeads * keyDim, v = kvHeads * valueDim;
    const std::string fused = layerName(layer, "attn_qkv");
    if (load.hasTensor(fused + ".weight")) {
        a.fused = load.linear(fused, width, q + k + v);
        if (a.fused.bias.empty()) {  // some files fuse the weights and not the biases
            for (const auto& [part, length] :
                 {std::pair{"attn_q.bias", q}, {"attn_k.bias", k}, {"attn_v.bias", v}}) {
                const std::string name = layerName(layer, part);
                if (!load.hasTensor(name)) break;
                const Vector bias = load.vector(name, length);
                a.fused.bias.insert(a.fused.bias.end(), bias.begin(), bias.end());
            }
            if (!a.fused.bias.empty() && a.fused.bias.size() != static_cast<size_t>(q + k + v))
                load.reject(fail(load.file().name(), ": layer ", layer,
                                 " has some of the biases of q, k and v only"));
        }
    } else {
        a.query = load.linear(layerName(layer, "attn_q"), width, q);
        a.key = load.linear(layerName(layer, "attn_k"), width, k);
        a.value = load.linear(layerName(layer, "attn_v"), width, v);
    }
    a.output = load.linear(layerName(layer, "attn_output"), heads * valueDim, width);
    return a;
}

FeedForward loadGated(Loader& load, int64_t layer, int64_t width, int64_t inner,
                      Activation activation) {
    FeedForward f;
    f.activation = activation;
    f.gate = load.linear(layerName(layer, "ffn_gate"), width, inner);
    f.up = load.linear(layerName(layer, "ffn_up"), width, inner);
    f.down = load.linear(layerName(layer, "ffn_down"), inner, width);
    return f;
}

FeedForward loadPlain(Loader& load, int64_t layer, int64_t width, int64_t inner,
                      Activation activation) {
    FeedForward f;
    f.activation = activation;
    f.gated = false;
    f.up = load.linear(layerName(layer, "ffn_up"), width, inner);
    f.down = load.linear(layerName(layer, "ffn_down"), inner, width);
    return f;
}

FeedForward loadExperts(Loader& load, int64_t layer, int64_t width, int64_t inner, int64_t experts,
                        int64_t used) {
    FeedForward f;
    f.expertsUsed = used;
    f.router = load.linear(layerName(layer, "ffn_gate_inp"), width, experts);
    const auto stack = [&](std::string_view part, int64_t columns, int64_t rows) {
        std::vector<Linear> linears;
        for (const Matrix& m :
             load.stack(layerName(layer, part) + ".weight", columns, rows, experts))
            linears.push_back({m, {}});
        return linears;
    };
    f.expertGates = stack("ffn_gate_exps", width, inner);
    f.expertUps = stack("ffn_up_exps", width, inner);
    f.expertDowns = stack("ffn_down_exps", inner, width);
    return f;
}

std::vector<float> alibiSlopes(int64_t heads, float greatest) {
    // The first 2^⌊log2 heads⌋ heads take every power of one base, the others the odd powers of its
    // root.
    int64_t whole = 1;
    while (whole * 2 <= heads) whole *= 2;
    const double base = std::exp2(-greatest / static_cast<double>(whole));
    const double root = std::exp2(-greatest / 2.0 / static_cast<double>(whole));
    std::vector<float> slopes;
    for (int64_t h = 0; h < heads; ++h)
        slopes.push_back(static_cast<float>(
            h < whole ? std::pow(base, h + 1)
                      : std::pow(root, static_cast<double>(2 * (h - whole) + 1))));
    return slopes;
}

namespace {

void normaliseHeads(Compute& compute, const Norm& norm, Tensor heads, int64_t headDim,
                    bool overHeads) {
    if (norm.present()) compute.normalise(norm, heads, heads, overHeads ? heads.columns : headDim);
}

void warmQueries(Compute& compute, const Batch& batch, const Attention& a, Tensor queries) {
    std::vector<float> factors;
    for (const int32_t position : batch.positions)
        factors.push_back(1.0f + a.temperature * static_cast<float>(
                                                     std::log(position / a.temperatureLength + 1)));
    compute.scaleRows(queries, factors);
}

}  // namespace

void attend(Compute& compute, const Batch& batch, const Attention& a, size_t cacheLayer,
            const RopeTable& rope, Tensor in, Tensor out) {
    const Compute::Mark mark = compute.mark();
    const int64_t q = a.heads * a.keyDim, k = a.kvHeads * a.keyDim, v = a.kvHeads * a.valueDim;
    const Tensor all = compute.allocate(in.rows, q + k + v);
    const Tensor queries = all.columnsFrom(0, q), keys = all.columnsFrom(q, k),
                 values = all.columnsFrom(q + k, v);
    if (a.fused.present()) {
        compute.multiply(in, a.fused, all);
    } else {
        const Compute::Product products[] = {
            {&a.query, queries}, {&a.key, keys}, {&a.value, values}};
        compute.multiply(in, products);
    }
    normaliseHeads(compute, a.queryNorm, queries, a.keyDim, a.normOverHeads);
    normaliseHeads(compute, a.keyNorm, keys, a.keyDim, a.normOverHeads);
    if (a.rotates) {
        compute.rope(queries, a.heads, a.keyDim, rope);
        compute.rope(keys, a.kvHeads, a.keyDim, rope);
    }
    if (a.temperature != 0.0f) warmQueries(compute, batch, a, queries);

    AttentionCall call;
    call.queries = queries;
    call.keys = keys;
    call.values = values;
    call.out = compute.allocate(in.rows, a.heads * a.valueDim);
    call.heads = a.heads;
    call.kvHeads = a.kvHeads;
    call.keyDim = a.keyDim;
    call.valueDim = a.valueDim;
    call.cacheLayer = cacheLayer;
    call.causal = a.causal;
    call.windowKind = a.windowKind;
    call.window = a.window;
    call.scale = a.scale;
    call.softcap = a.softcap;
    call.alibiSlopes = a.alibiSlopes;
    compute.attend(call, batch);
    compute.multiply(call.out, a.output, out);
    compute.release(mark);
}

namespace {

void gatedProduct(Compute& compute, Activation activation, const Linear& gate, const Linear& up,
                  const Linear& down, Tensor in, Tensor out) {
    const Tensor gated = compute.allocate(in.rows, gate.weight.rows);
    const Tensor upward = compute.allocate(in.rows, up.weight.rows);
    const Compute::Product products[] = {{&gate, gated}, {&up, upward}};
    compute.multiply(in, products);
    compute.gatedActivate(activation, gated, upward, gated);
    compute.multiply(gated, down, out);
}

/// The best experts of one token's scores and their weights.
std::vector<std::pair<size_t, float>> route(std::span<const float> scores, int64_t used) {
    std::vector<std::pair<size_t, float>> best;
    for (size_t i = 0; i < scores.size(); ++i) best.emplace_back(i, scores[i]);
    std::sort(best.begin(), best.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    best.resize(static_cast<size_t>(used));
    const float top = best.front().second;
    float sum = 0.0f;
    for (auto& [index, weight] : best) sum += weight = std::exp(weight - top);
    for (auto& [index, weight] : best)
        weight /= sum;  // softmax over all, renormalised over the chosen
    return best;
}

void mixExperts(Compute& compute, const FeedForward& f, Tensor in, Tensor out) {
    const Tensor scores = compute.allocate(in.rows, f.router.weight.rows);
    compute.multiply(in, f.router, scores);
    std::vector<std::vector<std::pair<int32_t, float>>> rowsOf(f.expertGates.size());
    for (int64_t i = 0; i < in.rows; ++i) {
        std::ranges::fill(compute.row(out, i), 0.0f);
        for (const auto& [expert, weight] : route(compute.row(scores, i), f.expertsUsed))
            rowsOf[expert].emplace_back(static_cast<int32_t>(i), weight);
    }
    for (size_t expert = 0; expert < rowsOf.size(); ++expert) {
        if (rowsOf[expert].empty()) continue;
        const Compute::Mark mark = compute.mark();
        std::vector<int32_t> rows;
        for (const auto& [row, weight] : rowsOf[expert]) rows.push_back(row);
        const auto count = static_cast<int64_t>(rows.size());
        const Tensor gathered = compute.allocate(count, in.columns);
        compute.gather(in, rows, gathered);
        const Tensor result = compute.allocate(count, out.columns);
        gatedProduct(compute, f.activation, f.expertGates[expert], f.expertUps[expert],
                     f.expertDowns[expert], gathered, result);
        for (int64_t i = 0; i < count; ++i) {
            const auto& [row, weight] = rowsOf[expert][static_cast<size_t>(i)];
            compute.add(out.rowsFrom(row, 1), result.rowsFrom(i, 1), weight);
        }
        compute.release(mark);
    }
}

}  // namespace

void feedForward(Compute& compute, const FeedForward& f, Tensor in, Tensor out) {
    const Compute::Mark mark = compute.mark();
    if (f.router.present()) {
        mixExperts(compute, f, in, out);
    } else if (f.fusedGate) {
        const Tensor both = compute.allocate(in.rows, f.up.weight.rows);
        const int64_t inner = f.up.weight.rows / 2;
        compute.multiply(in, f.up, both);
        const Tensor gate = both.columnsFrom(0, inner);
        compute.gatedActivate(f.activation, gate, both.columnsFrom(inner, inner), gate);
        compute.multiply(gate, f.down, out);
    } else if (f.gated) {
        gatedProduct(compute, f.activation, f.gate, f.up, f.down, in, out);
    } else {
        const Tensor inner = compute.allocate(in.rows, f.up.weight.rows);
        compute.multiply(in, f.up, inner);
        compute.activate(f.activation, inner);
        compute.multiply(inner, f.down, out);
    }
    compute.release(mark);
}

}  // namespace alcove::engine
