// The searching quantisers, one block of floats each. Internal to this folder.
#pragma once

#include "engine/quant/blocks.h"

namespace alcove::engine {

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
