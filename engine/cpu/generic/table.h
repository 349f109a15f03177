// The table of an instruction set whose products are the generic ones; a set with products of its
// own replaces those entries.
#pragma once

#include "engine/cpu/generic/attention.h"
#include "engine/cpu/generic/exact_product.h"
#include "engine/cpu/generic/rows.h"

namespace alcove::engine {
namespace {

/// Both precisions computed exactly.
template <Simd S>
struct GenericProduct {
    static size_t preparedBytes(TensorType, Precision, int64_t m, int64_t k) {
        return ExactProduct<S>::preparedBytes(m, k);
    }
    static void prepare(TensorType, Precision, const float* in, int64_t inStride, int64_t,
                        int64_t k, int64_t mBegin, int64_t mEnd, std::byte* prepared) {
        ExactProduct<S>::prepare(in, inStride, k, mBegin, mEnd, prepared);
    }
    static size_t scratchBytes(TensorType, Precision, int64_t m, int64_t) {
        return ExactProduct<S>::scratchBytes(m);
    }
    static void multiply(const MatrixView& weights, Precision, const std::byte* prepared, int64_t m,
                         int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                         std::byte* scratch) {
        ExactProduct<S>::multiply(weights, prepared, m, nBegin, nEnd, out, outStride, scratch);
    }
    static int64_t independentRows(TensorType, Precision) {
        return ExactProduct<S>::kIndependentRows;
    }
};

/// `Product` has the members of GenericProduct.
template <Simd S, typename Product = GenericProduct<S>>
constexpr Kernels makeTable(std::string_view name) {
    return Kernels{
        .name = name,
        .preparedBytes = Product::preparedBytes,
        .prepare = Product::prepare,
        .scratchBytes = Product::scratchBytes,
        .multiply = Product::multiply,
        .independentRows = Product::independentRows,
        .dequantize = dequantizeRow<S>,
        .rmsNorm = Rows<S>::rmsNorm,
        .layerNorm = Rows<S>::layerNorm,
        .add = Rows<S>::add,
        .multiplyBy = Rows<S>::multiplyBy,
        .scale = Rows<S>::scale,
        .activate = Rows<S>::activate,
        .gatedActivate = Rows<S>::gatedActivate,
        .softcap = Rows<S>::softcap,
        .rope = Rows<S>::rope,
        .dot = Rows<S>::dot,
        .storeCacheRow = Attention<S>::storeCacheRow,
        .attentionScratchBytes = Attention<S>::scratchBytes,
        .attention = Attention<S>::run,
        .independentPairs = Attention<S>::kIndependentPairs,
    };
}

}  // namespace
}  // namespace alcove::engine
