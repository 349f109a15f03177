#include "engine/cpu/avx2/integer_product.h"
#include "engine/cpu/avx2/simd.h"
#include "engine/cpu/generic/table.h"
#include "engine/cpu/tables.h"

namespace alcove::engine {
namespace {

template <typename Block, int kParts>
using Unsigned = IntegerProduct<Block, UnsignedFamily<Block, kParts>>;
template <typename Block>
using Signed = IntegerProduct<Block, SignedFamily<Block>>;

/// Calls use(product) with the integer product of a type; false for types that have none: floats
/// are multiplied as floats, and Q2_K, rare, is dequantised.
template <int kParts, typename Use>
inline bool withParts(TensorType type, Use use) {
    switch (type) {
        case TensorType::Q4_0:
            use(Unsigned<BlockQ4_0, kParts>{});
            return true;
        case TensorType::Q4_1:
            use(Unsigned<BlockQ4_1, kParts>{});
            return true;
        case TensorType::Q5_0:
            use(Unsigned<BlockQ5_0, kParts>{});
            return true;
        case TensorType::Q5_1:
            use(Unsigned<BlockQ5_1, kParts>{});
            return true;
        case TensorType::Q4_K:
            use(Unsigned<BlockQ4_K, kParts>{});
            return true;
        case TensorType::Q5_K:
            use(Unsigned<BlockQ5_K, kParts>{});
            return true;
        case TensorType::Q8_0:
            use(Signed<BlockQ8_0>{});
            return true;
        case TensorType::Q3_K:
            use(Signed<BlockQ3_K>{});
            return true;
        case TensorType::Q6_K:
            use(Signed<BlockQ6_K>{});
            return true;
        case TensorType::IQ4_NL:
            use(Signed<BlockIQ4_NL>{});
            return true;
        case TensorType::IQ4_XS:
            use(Signed<BlockIQ4_XS>{});
            return true;
        case TensorType::MXFP4:
            use(Signed<BlockMXFP4>{});
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
    return precision == Precision::Fine ? withParts<2>(type, use) : withParts<1>(type, use);
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
