#include "engine/cpu/avx2/integer_product.h"
#include "engine/cpu/avx2/simd.h"
#include "engine/cpu/generic/table.h"
#include "engine/cpu/tables.h"

namespace alcove::engine {
namespace {

template <typename Block, Precision precision>
using Few = FewRows<Block, FewFamily<Block, precision>>;
template <typename Block, Precision precision>
using Unsigned = IntegerProduct<Block, UnsignedFamily<Block, precision == Precision::Fine ? 2 : 1>,
                                Few<Block, precision>>;
template <typename Block, Precision precision>
using Signed = IntegerProduct<Block, SignedFamily<Block>, Few<Block, precision>>;

/// Calls use(product) with the integer product of a type; false for types that have none: floats
/// are multiplied as floats, and Q2_K, rare, is dequantised.
template <Precision precision, typename Use>
inline bool withPrecision(TensorType type, Use use) {
    switch (type) {
        case TensorType::Q4_0:
            use(Unsigned<BlockQ4_0, precision>{});
            return true;
        case TensorType::Q4_1:
            use(Unsigned<BlockQ4_1, precision>{});
            return true;
        case TensorType::Q5_0:
            use(Unsigned<BlockQ5_0, precision>{});
            return true;
        case TensorType::Q5_1:
            use(Unsigned<BlockQ5_1, precision>{});
            return true;
        case TensorType::Q4_K:
            use(Unsigned<BlockQ4_K, precision>{});
            return true;
        case TensorType::Q5_K:
            use(Unsigned<BlockQ5_K, precision>{});
            return true;
        case TensorType::Q8_0:
            use(Signed<BlockQ8_0, precision>{});
            return true;
        case TensorType::Q3_K:
            use(Signed<BlockQ3_K, precision>{});
            return true;
        case TensorType::Q6_K:
            use(Signed<BlockQ6_K, precision>{});
            return true;
        case TensorType::IQ4_NL:
            use(Signed<BlockIQ4_NL, precision>{});
            return true;
        case TensorType::IQ4_XS:
            use(Signed<BlockIQ4_XS, precision>{});
            return true;
        case TensorType::MXFP4:
            use(Signed<BlockMXFP4, precision>{});
            return true;
        case TensorType::F32:
        case TensorType::F16:
        case TensorType::BF16:
        case TensorType::Q2_K:
            break;
    }
    return false;
}

template <typename Use>
inline bool withIntegerProduct(TensorType type, Precision precision, Use use) {
    if (precision == Precision::Exact) return false;
    return precision == Precision::Fine ? withPrecision<Precision::Fine>(type, use)
                                        : withPrecision<Precision::Fast>(type, use);
}

struct Avx2Product {
    using Exact = ExactProduct<Avx2>;

    static size_t preparedBytes(TensorType type, Precision precision, int64_t m, int64_t k) {
        size_t bytes = Exact::preparedBytes(m, k);
        withIntegerProduct(type, precision, [&]<typename P>(P) { bytes = P::preparedBytes(m, k); });
        return bytes;
    }

    static void prepare(TensorType type, Precision precision, const float* in, int64_t inStride,
                        int64_t m, int64_t k, int64_t mBegin, int64_t mEnd, std::byte* prepared) {
        const bool done = withIntegerProduct(type, precision, [=]<typename P>(P) {
            P::prepare(in, inStride, m, k, mBegin, mEnd, prepared);
        });
        if (!done) Exact::prepare(in, inStride, k, mBegin, mEnd, prepared);
    }

    static size_t scratchBytes(TensorType type, Precision precision, int64_t m, int64_t) {
        size_t bytes = Exact::scratchBytes(m);
        withIntegerProduct(type, precision, [&]<typename P>(P) { bytes = P::scratchBytes(m); });
        return bytes;
    }

    static void multiply(const MatrixView& weights, Precision precision, const std::byte* prepared,
                         int64_t m, int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                         std::byte* scratch) {
        const bool done = withIntegerProduct(weights.type, precision, [=]<typename P>(P) {
            P::multiply(weights, prepared, m, nBegin, nEnd, out, outStride, scratch);
        });
        if (!done) Exact::multiply(weights, prepared, m, nBegin, nEnd, out, outStride, scratch);
    }

    static int64_t independentRows(TensorType type, Precision precision) {
        int64_t rows = Exact::kIndependentRows;
        withIntegerProduct(type, precision, [&]<typename P>(P) { rows = P::kIndependentRows; });
        return rows;
    }
};

}  // namespace

constinit const Kernels kAvx2Kernels = makeTable<Avx2, Avx2Product>("avx2");

}  // namespace alcove::engine
