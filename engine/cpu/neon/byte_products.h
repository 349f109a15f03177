// Fast products of quantised weights on NEON: bytes times bytes.
//
// Activations are rounded to int8 with one scale for each 32 values. Eight rows of weights at a
// time are unpacked to bytes, scales and offsets (generic/unpack.h) in a panel that stays in the
// first-level cache; then all rows of activations pass over it, two at a time. A product is
//     Σ_16 scale · dot(q, a) · da + offset · (da · Σa),
// its dot products kept in four lanes up to the end of the row. The panel is unpacked once for the
// whole batch; with one row of activations it costs one more trip through the cache.
//
// Four bytes of a lane are multiplied and added by SDOT where the processor has it, else by
// widening multiplies; the two differ in the struct Dot alone (multiply_dot.cpp,
// multiply_plain.cpp).
//
// Run under qemu only so far, never on real hardware.
#pragma once

#include <arm_neon.h>

#include "engine/cpu/generic/dequantize.h"
#include "engine/cpu/neon/products.h"
#include "engine/cpu/neon/simd.h"

namespace alcove::engine::neon {
namespace {

constexpr int kRows = 8;  // of weights, in a panel

/// 256 columns of the rows of a panel. Groups of 16 values; a scale of 32 appears twice.
struct alignas(64) PanelChunk {
    int8_t q[kRows][256];
    float scale[kRows][16];
    float offset[kRows][16];
};

/// Columns [256 c, 256 c + 256) of a row into row `to` of the chunk; past the end, zeros.
template <typename Block>
inline void unpackRow(const std::byte* row, int64_t columns, int64_t c, int to, PanelChunk& chunk) {
    using U = Unpacked<Block>;
    constexpr int kBlocks = 256 / U::kValues;
    constexpr int kTimes = U::kGroup / 16;
    const auto* blocks = reinterpret_cast<const Block*>(row) + c * kBlocks;
    const int64_t left = (columns - c * 256) / U::kValues;
    const int present = static_cast<int>(least<int64_t>(left, kBlocks));
    for (int b = 0; b < present; ++b) {
        U unpacked;
        unpack<Neon>(blocks[b], unpacked);
        memcpy(chunk.q[to] + b * U::kValues, unpacked.quants, U::kValues);
        for (int i = 0; i < U::kGroups * kTimes; ++i) {
            chunk.scale[to][b * U::kGroups * kTimes + i] = unpacked.scale[i / kTimes];
            chunk.offset[to][b * U::kGroups * kTimes + i] = unpacked.offset[i / kTimes];
        }
    }
    const int values = present * U::kValues;
    memset(chunk.q[to] + values, 0, static_cast<size_t>(256 - values));
    for (int i = values / 16; i < 16; ++i) chunk.scale[to][i] = chunk.offset[to][i] = 0.0f;
}

/// The sums of one group of 64 values; `scales` belongs to its four groups of 16.
template <typename Dot, bool fine>
inline float32x4_t addGroup(const int8x16_t* weights, const int8x16_t* activations,
                            float32x4_t scales, float32x4_t sum) {
    const int32x4_t zero = vdupq_n_s32(0);
    int32x4_t dots[4];
    for (int i = 0; i < 4; ++i) {
        const bool joins = !fine && i % 2 == 1;  // the same scale as the 16 before
        dots[i] = Dot::add(joins ? dots[i - 1] : zero, weights[i], activations[i]);
    }
    if (fine) sum = vfmaq_laneq_f32(sum, vcvtq_f32_s32(dots[0]), scales, 0);
    sum = vfmaq_laneq_f32(sum, vcvtq_f32_s32(dots[1]), scales, 1);
    if (fine) sum = vfmaq_laneq_f32(sum, vcvtq_f32_s32(dots[2]), scales, 2);
    return vfmaq_laneq_f32(sum, vcvtq_f32_s32(dots[3]), scales, 3);
}

/// out[row of activations][row of weights] for `columns` rows of activations and a whole panel.
template <typename Dot, bool fine, int columns>
inline void passPanel(const PanelChunk* panel, int64_t chunks, const ActivationChunk* activations,
                      float (*out)[kRows]) {
    float32x4_t sums[kRows][columns];
    for (auto& row : sums)
        for (float32x4_t& sum : row) sum = vdupq_n_f32(0.0f);
    for (int64_t c = 0; c < chunks; ++c) {
        const PanelChunk& w = panel[c];
        for (int g = 0; g < 4; ++g) {
            int8x16_t a[columns][4];
            float32x4_t scale[columns];
            float32x4_t sum[columns];
            for (int i = 0; i < columns; ++i) {
                const ActivationChunk& from = activations[i * chunks + c];
                for (int j = 0; j < 4; ++j) a[i][j] = vld1q_s8(from.q + 64 * g + 16 * j);
                scale[i] = vld1q_f32(from.scale + 4 * g);
                sum[i] = vld1q_f32(from.sum + 4 * g);
            }
            for (int r = 0; r < kRows; ++r) {
                int8x16_t q[4];
                for (int j = 0; j < 4; ++j) q[j] = vld1q_s8(w.q[r] + 64 * g + 16 * j);
                const float32x4_t weightScale = vld1q_f32(w.scale[r] + 4 * g);
                const float32x4_t offset = vld1q_f32(w.offset[r] + 4 * g);
                for (int i = 0; i < columns; ++i) {
                    const float32x4_t scales = vmulq_f32(weightScale, scale[i]);
                    sums[r][i] = addGroup<Dot, fine>(q, a[i], scales, sums[r][i]);
                    sums[r][i] = vfmaq_f32(sums[r][i], offset, sum[i]);
                }
            }
        }
    }
    for (int r = 0; r < kRows; ++r)
        for (int i = 0; i < columns; ++i) out[i][r] = vaddvq_f32(sums[r][i]);
}

template <typename Dot, typename Block>
inline void multiplyBlocks(const MatrixView& weights, const ActivationChunk* activations, int64_t m,
                           int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                           PanelChunk* panel) {
    constexpr bool fine = Unpacked<Block>::kGroup == 16;
    const int64_t chunks = chunksOf(weights.columns);
    const int64_t rowBytes = weightRowBytes(weights.type, weights.columns);
    for (int64_t n = nBegin; n < nEnd; n += kRows) {
        const auto count = static_cast<int>(least<int64_t>(kRows, nEnd - n));
        if (count < kRows) memset(panel, 0, static_cast<size_t>(chunks) * sizeof(PanelChunk));
        for (int64_t c = 0; c < chunks; ++c)
            for (int r = 0; r < count; ++r)
                unpackRow<Block>(weights.data + (n + r) * rowBytes, weights.columns, c, r,
                                 panel[c]);
        for (int64_t row = 0; row < m; row += 2) {
            float results[2][kRows];
            const bool pair = row + 1 < m;
            if (pair)
                passPanel<Dot, fine, 2>(panel, chunks, activations + row * chunks, results);
            else
                passPanel<Dot, fine, 1>(panel, chunks, activations + row * chunks, results);
            for (int i = 0; i < (pair ? 2 : 1); ++i)
                memcpy(out + (row + i) * outStride + n, results[i],
                       static_cast<size_t>(count) * sizeof(float));
        }
    }
}

template <typename Dot>
inline void multiplyWith(const MatrixView& weights, const std::byte* prepared, int64_t m,
                         int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                         std::byte* scratch) {
    withBlock(weights.type, [&]<typename Block>(const Block*) {
        multiplyBlocks<Dot, Block>(weights, reinterpret_cast<const ActivationChunk*>(prepared), m,
                                   nBegin, nEnd, out, outStride,
                                   reinterpret_cast<PanelChunk*>(scratch));
    });
}

}  // namespace
}  // namespace alcove::engine::neon
