// Products of quantised weights on AVX-512 with VNNI: bytes times bytes.
//
// Activations are rounded to bytes, or to fifteen bits in two bytes (activations.h). With the
// weights as chunks (chunks.h) a product is
//     Σ_16 scale·dot(u, a)·da + (offset − kBias·scale)·(da·Σa),
// the second part 16 groups at a time; where scales are integers, few rows multiply them as such.
// Two ways through the weights: few_rows.h and panel.h.
//
// Which way depends on the number of activation rows alone and each output's sum has one order, so
// results do not depend on how the rows of weights are split over threads.
#pragma once

#include "engine/cpu/kernels.h"

namespace alcove::engine::avx512 {

size_t preparedByteRows(TensorType type, Precision precision, int64_t m, int64_t k);
size_t byteScratch(int64_t m);
/// As many rows of activations as pass over a row of weights together. Each has sums of its own.
inline constexpr int64_t kIndependentByteRows = 4;

/// Rounds rows [mBegin, mEnd) of the m rows of `in`.
void prepareBytes(TensorType type, Precision precision, const float* in, int64_t inStride,
                  int64_t m, int64_t k, int64_t mBegin, int64_t mEnd, std::byte* prepared);

/// As Kernels::multiply, for every type with blocks. Any precision but Exact.
void multiplyBytes(const MatrixView& weights, Precision precision, const std::byte* prepared,
                   int64_t m, int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                   std::byte* scratch);

}  // namespace alcove::engine::avx512
