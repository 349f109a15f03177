#include <algorithm>

#include "engine/cpu/reference/reference.h"
#include "engine/quant/quantize.h"

namespace alcove::engine::reference {

// Prepared activations: the rows, m × k floats.
size_t preparedBytes(TensorType, Precision, int64_t m, int64_t k) {
    return static_cast<size_t>(m * k) * sizeof(float);
}

void prepare(TensorType, Precision, const float* in, int64_t inStride, int64_t, int64_t k,
             int64_t mBegin, int64_t mEnd, std::byte* prepared) {
    auto* rows = reinterpret_cast<float*>(prepared);
    for (int64_t row = mBegin; row < mEnd; ++row)
        std::copy_n(in + row * inStride, k, rows + row * k);
}

// Scratch: one row of weights as floats.
size_t scratchBytes(TensorType, Precision, int64_t, int64_t k) {
    return static_cast<size_t>(k) * sizeof(float);
}

void multiply(const MatrixView& weights, Precision, const std::byte* prepared, int64_t m,
              int64_t nBegin, int64_t nEnd, float* out, int64_t outStride, std::byte* scratch) {
    const auto* activations = reinterpret_cast<const float*>(prepared);
    auto* row = reinterpret_cast<float*>(scratch);
    const int64_t k = weights.columns;
    const int64_t stride = rowBytes(weights.type, k);
    for (int64_t n = nBegin; n < nEnd; ++n) {
        dequantize(weights.type, weights.data + n * stride, row, k);
        for (int64_t i = 0; i < m; ++i) {
            double sum = 0.0;
            for (int64_t j = 0; j < k; ++j)
                sum += static_cast<double>(activations[i * k + j]) * static_cast<double>(row[j]);
            out[i * outStride + n] = static_cast<float>(sum);
        }
    }
}

}  // namespace alcove::engine::reference
