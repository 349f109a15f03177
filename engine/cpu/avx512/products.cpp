#include "engine/cpu/avx512/products.h"

#include "engine/cpu/avx512/dot_products.h"
#include "engine/cpu/avx512/simd.h"
#include "engine/cpu/generic/exact_product.h"

namespace alcove::engine::avx512 {
namespace {

using Exact = ExactProduct<Avx512>;

bool takesBytes(TensorType type, Precision precision) {
    return precision != Precision::Exact && withBlock(type, [](const auto*) {});
}

}  // namespace

size_t Product::preparedBytes(TensorType type, Precision precision, int64_t m, int64_t k) {
    return takesBytes(type, precision) ? preparedByteRows(type, precision, m, k)
                                       : Exact::preparedBytes(m, k);
}

void Product::prepare(TensorType type, Precision precision, const float* in, int64_t inStride,
                      int64_t m, int64_t k, int64_t mBegin, int64_t mEnd, std::byte* prepared) {
    if (takesBytes(type, precision))
        prepareBytes(type, precision, in, inStride, m, k, mBegin, mEnd, prepared);
    else
        Exact::prepare(in, inStride, k, mBegin, mEnd, prepared);
}

size_t Product::scratchBytes(TensorType type, Precision precision, int64_t m, int64_t) {
    return takesBytes(type, precision) ? byteScratch(m) : Exact::scratchBytes(m);
}

void Product::multiply(const MatrixView& weights, Precision precision, const std::byte* prepared,
                       int64_t m, int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                       std::byte* scratch) {
    if (takesBytes(weights.type, precision))
        multiplyBytes(weights, precision, prepared, m, nBegin, nEnd, out, outStride, scratch);
    else
        Exact::multiply(weights, prepared, m, nBegin, nEnd, out, outStride, scratch);
}

int64_t Product::independentRows(TensorType type, Precision precision) {
    return takesBytes(type, precision) ? kIndependentByteRows : Exact::kIndependentRows;
}

}  // namespace alcove::engine::avx512
