#include "engine/cpu/neon/byte_products.h"

namespace alcove::engine::neon {
namespace {

/// SDOT, of Armv8.2-A's optional and Armv8.4-A's mandatory instructions.
struct Sdot {
    static int32x4_t add(int32x4_t sum, int8x16_t a, int8x16_t b) { return vdotq_s32(sum, a, b); }
};

}  // namespace

void multiplyDot(const MatrixView& weights, const std::byte* prepared, int64_t m, int64_t nBegin,
                 int64_t nEnd, float* out, int64_t outStride, std::byte* scratch) {
    multiplyWith<Sdot>(weights, prepared, m, nBegin, nEnd, out, outStride, scratch);
}

}  // namespace alcove::engine::neon
