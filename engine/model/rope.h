// Rotary position embedding: which angles a model turns its queries and keys by.
//
// Pair i of a head turns by pos · base^(−2i/n) / factor_i, n being the rotated dimensions. Long
// contexts are reached by dividing positions (linear), by a factor for each pair in the file
// (llama3's rope_freqs, longrope's long and short ones), or by yarn, which blends divided and plain
// angles over a ramp of pairs and scales the magnitude.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/cpu/kernels.h"
#include "engine/model/weights.h"

namespace alcove::engine {

class Loader;

struct Rope {
    RopeStyle style = RopeStyle::Norm;
    int64_t dimensions = 0;  // rotated, from the head's start; 0: no rotation
    float base = 10000.0f;
    float scale = 1.0f;  // multiplies positions: 1 / factor
    Vector factors;      // [dimensions / 2] or empty
    Vector longFactors;  // used instead when the session's context exceeds originalContext
    int64_t originalContext = 0;
    float magnitude = 1.0f;  // multiplies cos and sin
    bool yarn = false;
    float betaFast = 32.0f, betaSlow = 1.0f;

    [[nodiscard]] int64_t pairs() const { return dimensions / 2; }
};

/// The rope of a file, from its `rope.*` keys and factor tensors.
Rope loadRope(Loader& load, RopeStyle style, int64_t headDim, int64_t contextLength);

/// Cosines and sines of a batch: row r, pair i at r · pairs + i.
struct RopeTable {
    RopeStyle style = RopeStyle::Norm;
    int64_t pairs = 0;
    std::vector<float> cosines, sines;
};

[[nodiscard]] RopeTable makeRopeTable(const Rope& rope, std::span<const int32_t> positions,
                                      int64_t contextLength);

}  // namespace alcove::engine
