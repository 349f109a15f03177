// Products with many rows of activations (prefill): a strip of 32 weight rows is unpacked, kChunks
// chunks at a time, into a panel of bytes that stays in the first-level cache and is laid out so
// that a lane is a row of weights; every row of activations passes over it. The sums of the strip
// wait in scratch memory: rows of the output often lie a power of two apart and would evict each
// other.
#pragma once

#include "engine/cpu/avx512/activations.h"
#include "engine/cpu/avx512/transpose.h"
#include "engine/cpu/kernels.h"

namespace alcove::engine::avx512 {
namespace {

constexpr int64_t kStrip = Kernels::kStrip;

struct alignas(64) Panel {
    static constexpr int64_t kChunks = 4;
    static constexpr int64_t kGroups = kChunks * 16;
    uint8_t q[kChunks * kChunk / 4][32][4];  // [k / 4][weight row][k % 4]
    float scale[kGroups][32];                // [k / 16][weight row]
    float shift[kGroups][32];
};

/// Chunk `c` of 16 rows into one half of the panel; rows past the matrix become zeros.
template <typename Block>
void packHalf(const MatrixView& weights, int64_t n, int64_t nEnd, int64_t c, int64_t at, int half,
              Panel& panel) {
    const int64_t rowBytes = rowBytesOf<Block>(weights.columns);
    __m512i q[4][16];
    __m512i scale[16];
    __m512i shift[16];
    for (int row = 0; row < 16; ++row) {
        Chunk chunk;
        for (__m512i& part : chunk.q) part = _mm512_setzero_si512();
        chunk.scale = _mm512_setzero_ps();
        chunk.offset = _mm512_setzero_ps();
        if (n + row < nEnd)
            ChunkReader<Block>(weights.data + (n + row) * rowBytes, weights.columns).load(c, chunk);
        for (int g = 0; g < 4; ++g) q[g][row] = chunk.q[g];
        scale[row] = _mm512_castps_si512(chunk.scale);
        shift[row] = _mm512_castps_si512(shiftOf<Block>(chunk));
    }
    for (int g = 0; g < 4; ++g) {
        transpose16(q[g]);
        for (int i = 0; i < 16; ++i)
            _mm512_store_si512(panel.q[at * (kChunk / 4) + 16 * g + i][16 * half], q[g][i]);
    }
    transpose16(scale);
    transpose16(shift);
    for (int i = 0; i < 16; ++i) {
        _mm512_store_si512(&panel.scale[at * 16 + i][16 * half], scale[i]);
        _mm512_store_si512(&panel.shift[at * 16 + i][16 * half], shift[i]);
    }
}

/// The panel's share of the outputs of `rows` activation rows, added to `sums` [rows][32] (which
/// hold nothing yet when `first`).
template <int rows, bool fine, typename Activations>
void passPanel(const Panel& panel, int64_t chunks, const Activations* activations,
               int64_t rowStride, bool first, float (*sums)[kStrip]) {
    constexpr int step = fine ? 1 : 2;  // groups of 16 with one scale
    __m512 total[rows][2];
    for (int r = 0; r < rows; ++r) {
        total[r][0] = first ? _mm512_setzero_ps() : _mm512_load_ps(sums[r]);
        total[r][1] = first ? _mm512_setzero_ps() : _mm512_load_ps(sums[r] + 16);
    }
    for (int64_t g = 0; g < chunks * 16; g += step) {
        const Activations* at = activations + g / 16;
        const int64_t within = g % 16;
        __m512i dots[rows][2];
        for (int r = 0; r < rows; ++r) dots[r][0] = dots[r][1] = _mm512_setzero_si512();
        for (int part = 0; part < Activations::kParts; ++part) {
            if (part > 0)  // a byte further: seven bits
                for (int r = 0; r < rows; ++r)
                    for (int v = 0; v < 2; ++v) dots[r][v] = _mm512_slli_epi32(dots[r][v], 7);
            for (int64_t i = 0; i < 4 * step; ++i) {
                const __m512i w0 = _mm512_load_si512(panel.q[4 * g + i][0]);
                const __m512i w1 = _mm512_load_si512(panel.q[4 * g + i][16]);
                for (int r = 0; r < rows; ++r) {
                    const __m512i a = _mm512_set1_epi32(
                        loadAs<int32_t>(at[r * rowStride].parts[part] + 16 * within + 4 * i));
                    dots[r][0] = _mm512_dpbusd_epi32(dots[r][0], w0, a);
                    dots[r][1] = _mm512_dpbusd_epi32(dots[r][1], w1, a);
                }
            }
        }
        const __m512 scale0 = _mm512_load_ps(panel.scale[g]);
        const __m512 scale1 = _mm512_load_ps(panel.scale[g] + 16);
        const __m512 shift0 = _mm512_load_ps(panel.shift[g]);
        const __m512 shift1 = _mm512_load_ps(panel.shift[g] + 16);
        for (int r = 0; r < rows; ++r) {
            const Activations& a = at[r * rowStride];
            const float ofStep = step == 1 ? a.sum[within] : a.sum[within] + a.sum[within + 1];
            const __m512 sum = _mm512_set1_ps(ofStep);
            const __m512 scale = _mm512_set1_ps(a.scaleAt(within));
            total[r][0] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots[r][0]),
                                          _mm512_mul_ps(scale, scale0), total[r][0]);
            total[r][1] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots[r][1]),
                                          _mm512_mul_ps(scale, scale1), total[r][1]);
            total[r][0] = _mm512_fmadd_ps(shift0, sum, total[r][0]);
            total[r][1] = _mm512_fmadd_ps(shift1, sum, total[r][1]);
        }
    }
    for (int r = 0; r < rows; ++r) {
        _mm512_store_ps(sums[r], total[r][0]);
        _mm512_store_ps(sums[r] + 16, total[r][1]);
    }
}

/// All activation rows over one panel.
template <bool fine, typename Activations>
void passAll(const Panel& panel, int64_t chunks, const Activations* activations, int64_t rowStride,
             int64_t m, bool first, float (*sums)[kStrip]) {
    constexpr int most = 6;  // 24 sums and partial dots of the 32 registers
    int64_t row = 0;
    const auto pass = [&]<int rows>() {
        passPanel<rows, fine>(panel, chunks, activations + row * rowStride, rowStride, first,
                              sums + row);
        row += rows;
    };
    while (m - row >= most) pass.template operator()<most>();
    if (m - row >= 4) pass.template operator()<4>();
    if (m - row >= 2) pass.template operator()<2>();
    if (m - row >= 1) pass.template operator()<1>();
}

template <typename Block, typename Activations>
void multiplyMany(const MatrixView& weights, const Activations* activations, int64_t m,
                  int64_t nBegin, int64_t nEnd, float* out, int64_t outStride, Panel& panel,
                  float (*sums)[kStrip]) {
    const int64_t chunks = chunksOf(weights.columns);
    for (int64_t n = nBegin; n < nEnd; n += kStrip) {
        for (int64_t c = 0; c < chunks; c += Panel::kChunks) {
            const int64_t now = chunks - c < Panel::kChunks ? chunks - c : Panel::kChunks;
            for (int64_t i = 0; i < now; ++i)
                for (int half = 0; half < 2; ++half)
                    packHalf<Block>(weights, n + 16 * half, nEnd, c + i, i, half, panel);
            passAll<Loader<Block>::kFine>(panel, now, activations + c, chunks, m, c == 0, sums);
        }
        const int64_t count = nEnd - n < kStrip ? nEnd - n : kStrip;
        for (int64_t row = 0; row < m; ++row)
            __builtin_memcpy(out + row * outStride + n, sums[row],
                             static_cast<size_t>(count) * sizeof(float));
    }
}

}  // namespace
}  // namespace alcove::engine::avx512
