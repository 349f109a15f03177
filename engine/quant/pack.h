// The searching quantisers, one block of floats each. Internal to this folder.
#pragma once

#include "engine/base/half.h"
#include "engine/quant/blocks.h"

namespace alcove::engine {

/// A block's scale as a half; where it would vanish the smallest half instead, so that the integer
/// scales of the groups still reach small values.
[[nodiscard]] inline uint16_t scaleToHalf(float scale) {
    const uint16_t half = floatToHalf(scale);
    const bool vanished = (half & 0x7fffu) == 0 && scale != 0;
    return vanished ? static_cast<uint16_t>(half | 1u) : half;
}

// quantize_affine.cpp: scale and offset for each group
void pack(const float* values, BlockQ2_K& block);
void pack(const float* values, BlockQ4_K& block);
void pack(const float* values, BlockQ5_K& block);

// quantize_symmetric.cpp: a signed scale for each group
void pack(const float* values, BlockQ3_K& block);
void pack(const float* values, BlockQ6_K& block);
void pack(const float* values, BlockIQ4_NL& block);
void pack(const float* values, BlockIQ4_XS& block);

}  // namespace alcove::engine
