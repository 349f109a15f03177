// The parts decoders and encoders are composed of: attention and feed-forward, with every variation
// the supported architectures need as data.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/model/compute.h"
#include "engine/model/loader.h"

namespace alcove::engine {

struct Attention {
    int64_t heads = 0, kvHeads = 0, keyDim = 0, valueDim = 0;
    Linear fused;  // [q | k | v] in one, or:
    Linear query, key, value;
    Norm queryNorm, keyNorm;     // before the rotation; over a head, or over all heads at once
    bool normOverHeads = false;  // the latter
    Linear output;
    bool rotates = true;
    bool causal = true;
    WindowKind windowKind = WindowKind::None;
    int64_t window = 0;
    float scale = 1.0f;
    float softcap = 0.0f;
    std::vector<float> alibiSlopes;
    // Queries × (1 + temperature · ln(⌊position / temperatureLength⌋ + 1)); 0: not.
    float temperature = 0.0f;
    int64_t temperatureLength = 0;
};

/// Gated: down(act(gate·x) ⊙ up·x); without a gate: down(act(up·x)). Several experts: the router's
/// best `expertsUsed` each compute that, weighted with the softmax of their scores, renormalised.
struct FeedForward {
    Activation activation = Activation::Silu;
    bool gated = true;
    bool fusedGate = false;  // `up` is [gate | up]
    Linear gate, up, down;
    Linear router;
    std::vector<Linear> expertGates, expertUps, expertDowns;
    int64_t expertsUsed = 0;
};

/// Reads `blk.N.attn_*`: fused or split, biases where the file has them.
Attention loadAttention(Loader& load, int64_t layer, int64_t width, int64_t heads, int64_t kvHeads,
                        int64_t keyDim, int64_t valueDim);
/// Reads `blk.N.ffn_*` in the gated form.
FeedForward loadGated(Loader& load, int64_t layer, int64_t width, int64_t inner,
                      Activation activation);
/// Reads `blk.N.ffn_up` and `ffn_down`.
FeedForward loadPlain(Loader& load, int64_t layer, int64_t width, int64_t inner,
                      Activation activation);
/// Reads `blk.N.ffn_*_exps` and the router.
FeedForward loadExperts(Loader& load, int64_t layer, int64_t width, int64_t inner, int64_t experts,
                        int64_t used);

/// Slopes of ALiBi for `heads` heads with the given greatest bias.
[[nodiscard]] std::vector<float> alibiSlopes(int64_t heads, float greatest);

/// What attention adds to the residual stream (before any norm or factor of its own). `in` is
/// normed.
void attend(Compute& compute, const Batch& batch, const Attention& attention, size_t cacheLayer,
            const RopeTable& rope, Tensor in, Tensor out);
void feedForward(Compute& compute, const FeedForward& block, Tensor in, Tensor out);

}  // namespace alcove::engine
