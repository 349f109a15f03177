// The products of the NEON table: bytes where that is wanted and possible, else the exact ones.
#pragma once

#include "engine/cpu/kernels.h"

namespace alcove::engine::neon {

/// 256 activations of a row; a row is ceil(k / 256) of them, the last padded by zeros.
struct alignas(64) ActivationChunk {
    int8_t q[256];
    float scale[16];  // of 32 values, each twice
    float sum[16];    // scale · Σ q of 16 values
};

constexpr int64_t chunksOf(int64_t k) { return (k + 255) / 256; }

/// As Kernels::multiply for weights in blocks and activations in chunks.
void multiplyDot(const MatrixView& weights, const std::byte* prepared, int64_t m, int64_t nBegin,
                 int64_t nEnd, float* out, int64_t outStride, std::byte* scratch);
void multiplyPlain(const MatrixView& weights, const std::byte* prepared, int64_t m, int64_t nBegin,
                   int64_t nEnd, float* out, int64_t outStride, std::byte* scratch);

}  // namespace alcove::engine::neon
