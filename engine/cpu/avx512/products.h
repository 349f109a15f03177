// The products of the AVX-512 table: bytes where that is wanted and possible, else the exact ones.
// Members as of GenericProduct (generic/table.h).
#pragma once

#include "engine/cpu/kernels.h"

namespace alcove::engine::avx512 {

struct Product {
    static size_t preparedBytes(TensorType type, Precision precision, int64_t m, int64_t k);
    static void prepare(TensorType type, Precision precision, const float* in, int64_t inStride,
                        int64_t m, int64_t k, int64_t mBegin, int64_t mEnd, std::byte* prepared);
    static size_t scratchBytes(TensorType type, Precision precision, int64_t m, int64_t k);
    static void multiply(const MatrixView& weights, Precision precision, const std::byte* prepared,
                         int64_t m, int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                         std::byte* scratch);
    static int64_t independentRows(TensorType type, Precision precision);
};

}  // namespace alcove::engine::avx512
