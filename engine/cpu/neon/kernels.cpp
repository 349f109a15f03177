#include "engine/base/cpu_features.h"
#include "engine/cpu/generic/table.h"
#include "engine/cpu/neon/byte_products.h"
#include "engine/cpu/tables.h"

namespace alcove::engine {
namespace {

using neon::ActivationChunk;

struct NeonProduct {
    using Exact = ExactProduct<Neon>;

    static bool takesBytes(TensorType type, Precision precision) {
        return precision == Precision::Fast && withBlock(type, [](const auto*) {});
    }

    static size_t preparedBytes(TensorType type, Precision precision, int64_t m, int64_t k) {
        return takesBytes(type, precision)
                   ? static_cast<size_t>(m * neon::chunksOf(k)) * sizeof(ActivationChunk)
                   : Exact::preparedBytes(m, k);
    }

    static void prepare(TensorType type, Precision precision, const float* in, int64_t inStride,
                        int64_t, int64_t k, int64_t mBegin, int64_t mEnd, std::byte* prepared) {
        if (!takesBytes(type, precision)) {
            Exact::prepare(in, inStride, k, mBegin, mEnd, prepared);
            return;
        }
        const int64_t chunks = neon::chunksOf(k);
        auto* out = reinterpret_cast<ActivationChunk*>(prepared);
        for (int64_t row = mBegin; row < mEnd; ++row)
            for (int64_t c = 0; c < chunks; ++c) {
                const float* from = in + row * inStride + c * 256;
                const int64_t groups = least<int64_t>(8, k / 32 - c * 8);
                ActivationChunk& chunk = out[row * chunks + c];
                if (groups < 8) memset(&chunk, 0, sizeof chunk);
                for (int64_t g = 0; g < groups; ++g) roundGroup(from + 32 * g, g, chunk);
            }
    }

    static size_t scratchBytes(TensorType type, Precision precision, int64_t m, int64_t k) {
        return takesBytes(type, precision)
                   ? static_cast<size_t>(neon::chunksOf(k)) * sizeof(neon::PanelChunk)
                   : Exact::scratchBytes(m);
    }

    static void multiply(const MatrixView& weights, Precision precision, const std::byte* prepared,
                         int64_t m, int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                         std::byte* scratch) {
        if (!takesBytes(weights.type, precision))
            Exact::multiply(weights, prepared, m, nBegin, nEnd, out, outStride, scratch);
        else if (cpuFeatures().neonDot)
            neon::multiplyDot(weights, prepared, m, nBegin, nEnd, out, outStride, scratch);
        else
            neon::multiplyPlain(weights, prepared, m, nBegin, nEnd, out, outStride, scratch);
    }

    static int64_t independentRows(TensorType type, Precision precision) {
        return takesBytes(type, precision) ? Kernels::kAnyNumber : Exact::kIndependentRows;
    }

private:
    /// 32 values: group `g` of its chunk.
    static void roundGroup(const float* from, int64_t g, ActivationChunk& out) {
        float32x4_t largest = vdupq_n_f32(0.0f);
        for (int i = 0; i < 32; i += 4)
            largest = vmaxq_f32(largest, vabsq_f32(vld1q_f32(from + i)));
        const float top = vmaxvq_f32(largest);
        // Below kTiny the quotient 127 / top would overflow; such a group counts as zeros.
        constexpr float kTiny = 1e-30f;
        const float scale = top < kTiny ? 0.0f : top / 127.0f;
        const float inverse = top < kTiny ? 0.0f : 127.0f / top;
        for (int half = 0; half < 2; ++half) {
            int8_t* q = out.q + 32 * g + 16 * half;
            for (int i = 0; i < 16; i += 4)
                Neon::storeInt8(q + i, vmulq_n_f32(vld1q_f32(from + 16 * half + i), inverse));
            out.scale[2 * g + half] = scale;
            out.sum[2 * g + half] = scale * static_cast<float>(vaddlvq_s8(vld1q_s8(q)));
        }
    }
};

}  // namespace

constinit const Kernels kNeonKernels = makeTable<Neon, NeonProduct>("neon");

}  // namespace alcove::engine
