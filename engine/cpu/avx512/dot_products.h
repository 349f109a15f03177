// Fast products of quantised weights on AVX-512 with VNNI: bytes times bytes.
//
// Activations are rounded to int8 with one scale for each 32 values. With the weights as chunks
// (chunks.h) a product is
//     Σ_16 scale·dot(u, a)·da + (offset − kBias·scale)·(da·Σa),
// the second part 16 groups at a time. Two ways through the weights:
//  - few activation rows (decoding): the weights are read once from memory, a few rows of them side
//    by side, their dot products kept in vector lanes (no sum across lanes before the row's end);
//  - many (prefill): a strip of 32 rows is unpacked, kPanelChunks chunks at a time, into a panel
//    that stays in the first-level cache, laid out so that a lane is a row of weights, and every
//    activation row passes over it. The sums of the strip wait in scratch memory: rows of the
//    output often lie a power of two apart and would evict each other.
// Which way depends on the number of activation rows alone and each output's sum has one order, so
// results do not depend on how the rows of weights are split over threads.
//
// Run emulated only so far (tests/support/emulation), never on real hardware.
//
// The prepared activations: for each row ceil(k / 256) ActivationChunks, the last padded by zeros.
#pragma once

#include "engine/cpu/kernels.h"

namespace alcove::engine::avx512 {

size_t preparedByteRows(int64_t m, int64_t k);
size_t byteScratch(int64_t m);

/// Rounds rows [mBegin, mEnd) of `in` to ActivationChunks.
void prepareBytes(const float* in, int64_t inStride, int64_t k, int64_t mBegin, int64_t mEnd,
                  std::byte* prepared);

/// As Kernels::multiply, for every type with blocks.
void multiplyBytes(const MatrixView& weights, const std::byte* prepared, int64_t m, int64_t nBegin,
                   int64_t nEnd, float* out, int64_t outStride, std::byte* scratch);

}  // namespace alcove::engine::avx512
