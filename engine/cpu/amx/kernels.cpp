// The AVX-512 table with tiles for the fast products of many rows.
#include "engine/cpu/amx/tile_products.h"
#include "engine/cpu/avx512/products.h"
#include "engine/cpu/avx512/simd.h"
#include "engine/cpu/generic/table.h"
#include "engine/cpu/tables.h"

namespace alcove::engine {
namespace {

struct AmxProduct {
    using Few = avx512::Product;

    static bool takesTiles(TensorType type, Precision precision, int64_t m) {
        return precision != Precision::Exact && type != TensorType::F32 && m >= amx::kTileRows;
    }
    static size_t preparedBytes(TensorType type, Precision precision, int64_t m, int64_t k) {
        return takesTiles(type, precision, m) ? amx::tilePreparedBytes(m, k)
                                              : Few::preparedBytes(type, precision, m, k);
    }
    static void prepare(TensorType type, Precision precision, const float* in, int64_t inStride,
                        int64_t m, int64_t k, int64_t mBegin, int64_t mEnd, std::byte* prepared) {
        if (takesTiles(type, precision, m))
            amx::prepareTiles(in, inStride, m, k, mBegin, mEnd, prepared);
        else
            Few::prepare(type, precision, in, inStride, m, k, mBegin, mEnd, prepared);
    }
    static size_t scratchBytes(TensorType type, Precision precision, int64_t m, int64_t k) {
        return takesTiles(type, precision, m) ? amx::tileScratchBytes(m)
                                              : Few::scratchBytes(type, precision, m, k);
    }
    static void multiply(const MatrixView& weights, Precision precision, const std::byte* prepared,
                         int64_t m, int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                         std::byte* scratch) {
        if (takesTiles(weights.type, precision, m))
            amx::multiplyTiles(weights, prepared, m, nBegin, nEnd, out, outStride, scratch);
        else
            Few::multiply(weights, precision, prepared, m, nBegin, nEnd, out, outStride, scratch);
    }
    static int64_t independentRows(TensorType type, Precision precision) {
        return least(Few::independentRows(type, precision), amx::kTileRows - 1);
    }
};

}  // namespace

constinit const Kernels kAmxKernels = makeTable<Avx512, AmxProduct>("amx");

}  // namespace alcove::engine
