// Products of float activations and dequantised weights, for every type.
//
// Many rows of activations: for each strip of kStrip weight rows and each kDepth of their columns
// the weights become floats once, transposed to a panel that stays in the first-level cache while
// all rows of activations pass over it. The sums of the strip wait in scratch memory, because rows
// of the output lie a power of two apart and would evict each other.
//
// Few rows: each row of weights is read once and multiplied with all of them; floats of any width
// straight from memory, quantised blocks through a small buffer.
//
// Prepared activations: the rows, as floats, spaced by activationStride().
#pragma once

#include "engine/cpu/generic/dequantize.h"
#include "engine/cpu/generic/tile.h"

namespace alcove::engine {
namespace {

template <Simd S>
struct ExactProduct {
    using F = typename S::F;
    static constexpr int64_t kStrip = Kernels::kStrip;
    static constexpr int64_t kDepth = 256;
    static constexpr int64_t kFewRows = 4;  // below: no panels
    static constexpr int64_t kIndependentRows = kFewRows - 1;
    static constexpr int64_t kRowsAtOnce = 4;      // of weights, in the direct path
    static constexpr int64_t kBufferStride = 264;  // off the power of two, a multiple of 8

    /// Floats from one row to the next: padded, so that a tile's rows fall into different sets of
    /// the cache.
    static int64_t activationStride(int64_t k) { return roundUp(k, 16) + 16; }

    static size_t preparedBytes(int64_t m, int64_t k) {
        return static_cast<size_t>(m * activationStride(k)) * sizeof(float);
    }

    static void prepare(const float* in, int64_t inStride, int64_t k, int64_t mBegin, int64_t mEnd,
                        std::byte* prepared) {
        auto* rows = reinterpret_cast<float*>(prepared);
        const int64_t stride = activationStride(k);
        for (int64_t row = mBegin; row < mEnd; ++row) {
            float* to = rows + row * stride;
            memcpy(to, in + row * inStride, static_cast<size_t>(k) * sizeof(float));
            memset(to + k, 0, static_cast<size_t>(stride - k) * sizeof(float));
        }
    }

    static size_t scratchBytes(int64_t m) {
        const int64_t buffer = kStrip * kBufferStride;
        const int64_t panel = kDepth * kStrip;
        return static_cast<size_t>(buffer + panel + m * kStrip) * sizeof(float);
    }

    static void multiply(const MatrixView& weights, const std::byte* prepared, int64_t m,
                         int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                         std::byte* scratch) {
        const auto* rows = reinterpret_cast<const float*>(prepared);
        auto* memory = reinterpret_cast<float*>(scratch);
        if (m >= kFewRows) {
            for (int64_t n = nBegin; n < nEnd; n += kStrip)
                strip(weights, rows, m, n, least(kStrip, nEnd - n), out, outStride, memory);
            return;
        }
        if (m == 1) few<1>(weights, rows, nBegin, nEnd, out, outStride, memory);
        if (m == 2) few<2>(weights, rows, nBegin, nEnd, out, outStride, memory);
        if (m == 3) few<3>(weights, rows, nBegin, nEnd, out, outStride, memory);
    }

private:
    static void strip(const MatrixView& weights, const float* rows, int64_t m, int64_t n,
                      int64_t count, float* out, int64_t outStride, float* memory) {
        float* buffer = memory;
        float* panel = buffer + kStrip * kBufferStride;
        float* sums = panel + kDepth * kStrip;
        const int64_t rowBytes = weightRowBytes(weights.type, weights.columns);
        const int64_t aStride = activationStride(weights.columns);
        for (int64_t k = 0; k < weights.columns; k += kDepth) {
            const int64_t depth = least(kDepth, weights.columns - k);
            for (int64_t i = 0; i < count; ++i) {
                const std::byte* row = weights.data + (n + i) * rowBytes;
                dequantizePart<S>(weights.type, row, k, buffer + i * kBufferStride, depth);
            }
            transposeRows<S>(buffer, kBufferStride, count, depth, panel, kStrip);
            multiplyPanel<S>(rows + k, aStride, m, Panel{panel, kStrip, depth}, kStrip, sums,
                             kStrip, k > 0);
        }
        for (int64_t i = 0; i < m; ++i)
            memcpy(out + i * outStride + n, sums + i * kStrip,
                   static_cast<size_t>(count) * sizeof(float));
    }

    template <int kM>
    static void few(const MatrixView& weights, const float* rows, int64_t nBegin, int64_t nEnd,
                    float* out, int64_t outStride, float* memory) {
        const bool direct = withFloatRow<S>(weights.type, [&](auto kind) {
            int64_t n = nBegin;
            for (; n + kRowsAtOnce <= nEnd; n += kRowsAtOnce)
                directRows<kM, kRowsAtOnce>(kind, weights, rows, n, out + n, outStride);
            for (; n < nEnd; ++n) directRows<kM, 1>(kind, weights, rows, n, out + n, outStride);
        });
        if (direct) return;
        for (int64_t n = nBegin; n < nEnd; ++n)
            bufferedRow<kM>(weights, rows, n, out + n, outStride, memory);
    }

    template <int kM, int kN, typename Row>
    static void directRows(Row, const MatrixView& weights, const float* rows, int64_t n, float* out,
                           int64_t outStride) {
        const int64_t k = weights.columns;
        const int64_t aStride = activationStride(k);
        const int64_t rowBytes = k * Row::kBytes;
        const std::byte* first = weights.data + n * rowBytes;
        F sums[kN][kM];
        for (int j = 0; j < kN; ++j)
            for (int i = 0; i < kM; ++i) sums[j][i] = S::set(0.0f);
        auto step = [&](int64_t at, auto load) {
            for (int j = 0; j < kN; ++j) {
                const F weight = load(first + j * rowBytes);
                for (int i = 0; i < kM; ++i)
                    sums[j][i] = S::fma(weight, S::load(rows + i * aStride + at), sums[j][i]);
            }
        };
        int64_t at = 0;
        for (; at + S::kLanes <= k; at += S::kLanes)
            step(at, [at](const std::byte* row) { return Row::at(row, at); });
        if (at < k) step(at, [=](const std::byte* row) { return Row::part(row, at, k - at); });
        for (int j = 0; j < kN; ++j)
            for (int i = 0; i < kM; ++i) out[i * outStride + j] = S::sum(sums[j][i]);
    }

    template <int kM>
    static void bufferedRow(const MatrixView& weights, const float* rows, int64_t n, float* out,
                            int64_t outStride, float* buffer) {
        constexpr int kChains = 2;  // hides the latency of the fused multiply-add
        const int64_t k = weights.columns;
        const int64_t aStride = activationStride(k);
        const std::byte* row = weights.data + n * weightRowBytes(weights.type, k);
        F sums[kM][kChains];
        for (int i = 0; i < kM; ++i)
            for (int c = 0; c < kChains; ++c) sums[i][c] = S::set(0.0f);
        for (int64_t first = 0; first < k; first += kDepth) {
            const int64_t depth = least(kDepth, k - first);
            dequantizePart<S>(weights.type, row, first, buffer, depth);
            for (int64_t at = 0; at < depth; at += kChains * S::kLanes)
                for (int c = 0; c < kChains; ++c) {
                    const F weight = S::load(buffer + at + c * S::kLanes);
                    for (int i = 0; i < kM; ++i) {
                        const float* a = rows + i * aStride + first + at + c * S::kLanes;
                        sums[i][c] = S::fma(weight, S::load(a), sums[i][c]);
                    }
                }
        }
        for (int i = 0; i < kM; ++i) out[i * outStride] = S::sum(S::add(sums[i][0], sums[i][1]));
    }
};

}  // namespace
}  // namespace alcove::engine
