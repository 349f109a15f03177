// The parts of the reference table: plain loops that follow the formulas, sums in double.
#pragma once

#include "engine/cpu/kernels.h"

namespace alcove::engine::reference {

size_t preparedBytes(TensorType type, Precision precision, int64_t m, int64_t k);
void prepare(TensorType type, Precision precision, const float* in, int64_t inStride, int64_t m,
             int64_t k, int64_t mBegin, int64_t mEnd, std::byte* prepared);
size_t scratchBytes(TensorType type, Precision precision, int64_t m, int64_t k);
void multiply(const MatrixView& weights, Precision precision, const std::byte* prepared, int64_t m,
              int64_t nBegin, int64_t nEnd, float* out, int64_t outStride, std::byte* scratch);

void storeCacheRow(CacheType cache, const float* in, std::byte* out, int64_t dim);
size_t attentionScratchBytes(const AttentionArgs& args);
void attention(const AttentionArgs& args, std::byte* scratch);

}  // namespace alcove::engine::reference
