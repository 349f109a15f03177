#include "engine/cpu/neon/byte_products.h"

namespace alcove::engine::neon {
namespace {

/// Products of 16 bits, added in pairs: |q · a| ≤ 128 · 127 fits.
struct Widening {
    static int32x4_t add(int32x4_t sum, int8x16_t a, int8x16_t b) {
        sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
        return vpadalq_s16(sum, vmull_high_s8(a, b));
    }
};

}  // namespace

void multiplyPlain(const MatrixView& weights, const std::byte* prepared, int64_t m, int64_t nBegin,
                   int64_t nEnd, float* out, int64_t outStride, std::byte* scratch) {
    multiplyWith<Widening>(weights, prepared, m, nBegin, nEnd, out, outStride, scratch);
}

}  // namespace alcove::engine::neon
