// Products of quantised weights with activations rounded to integers: few rows as few_rows.h has
// them, more by panels.
//
// For each strip of 32 weight rows, 256 columns at a time, the weights are unpacked once to a panel
// in which a register holds four (or, in 16 bits, two) consecutive columns of eight weight rows. A
// step of the inner loop broadcasts the same columns of one row of activations; every lane is an
// output of its own, so nothing is ever summed across lanes. With four-bit weights eight such
// products (at most 8 · 2 · 15 · 127 = 30480) add up in 16 bits before they are widened, with
// five-bit ones four (4 · 2 · 31 · 127 = 31496).
#pragma once

#include "engine/cpu/avx2/few_rows.h"

namespace alcove::engine {
namespace {

ALCOVE_INLINE __m256i broadcast32(const void* p) {
    int32_t word;
    memcpy(&word, p, sizeof word);
    return _mm256_set1_epi32(word);
}

/// Ends the compiler's freedom to compute later what stands here: gcc otherwise collects the
/// products of a whole step before it adds them, and runs out of registers.
ALCOVE_INLINE void keepOrder([[maybe_unused]] __m256i& sum) {
#if defined(__GNUC__)
    __asm__ volatile("" : "+x"(sum));
#endif
}

/// Eight registers of eight 32-bit numbers as a square, transposed.
ALCOVE_INLINE void transpose(__m256i (&square)[8]) {
    __m256 floats[8];
    for (int i = 0; i < 8; ++i) floats[i] = _mm256_castsi256_ps(square[i]);
    Avx2::transpose(floats);
    for (int i = 0; i < 8; ++i) square[i] = _mm256_castps_si256(floats[i]);
}

inline void store256(void* p, __m256i a) { _mm256_storeu_si256(static_cast<__m256i*>(p), a); }

// ---- the two families

constexpr int64_t kStrip = Kernels::kStrip;

template <typename Block, int kParts>
struct UnsignedFamily {
    using Packed = PackedUnsigned<Block>;
    using Tile = Chunk8<4, kParts>;

    struct alignas(64) Panel {
        uint8_t quants[kGroups][kGroupSize / 4][kStrip][4];
        float scale[kGroups][kStrip];
        float offset[kGroups][kStrip];
    };

    /// What a chunk of a weight row brings beside its quants.
    using Scales = ScaleOffsets;
    static Scales scales(const Block* chunk, int groups) { return Packed::scales(chunk, groups); }

    /// Eight weight rows, from column `c` of the panel on.
    static void packScales(const Scales* rows, Panel& panel, int c) {
        __m256 scale[8];
        __m256 offset[8];
        for (int i = 0; i < 8; ++i) {
            scale[i] = rows[i].scale;
            offset[i] = rows[i].offset;
        }
        Avx2::transpose(scale);
        Avx2::transpose(offset);
        for (int g = 0; g < kGroups; ++g) {
            _mm256_store_ps(panel.scale[g] + c, scale[g]);
            _mm256_store_ps(panel.offset[g] + c, offset[g]);
        }
    }

    static void packGroup(const Block* const* rows, int g, Panel& panel, int c) {
        __m256i square[8];
        for (int i = 0; i < 8; ++i) square[i] = Packed::quants(rows[i], g);
        transpose(square);
        for (int i = 0; i < 8; ++i) store256(panel.quants[g][i][c], square[i]);
    }

    /// Four rows of activations times 16 columns of the panel, added to sums[4][kStrip].
    static ALCOVE_APART void multiplyTile(const Panel& panel, const Tile& tile, int groups, int c,
                                          float* sums) {
        __m256 total[4][2];
        for (int r = 0; r < 4; ++r)
            for (int v = 0; v < 2; ++v) total[r][v] = Avx2::load(sums + r * kStrip + c + 8 * v);
        for (int g = 0; g < groups; ++g) {
            __m256i dots[4][2];
            multiplyGroup(panel, tile, g, c, dots);
            for (int v = 0; v < 2; ++v) {
                const __m256 scale = _mm256_load_ps(panel.scale[g] + c + 8 * v);
                const __m256 offset = _mm256_load_ps(panel.offset[g] + c + 8 * v);
                for (int r = 0; r < 4; ++r) {
                    const __m256 scales = _mm256_mul_ps(scale, _mm256_set1_ps(tile.scale[g][r]));
                    const __m256 sum = _mm256_set1_ps(tile.sum[g][r]);
                    total[r][v] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots[r][v]), scales,
                                                  _mm256_fmadd_ps(offset, sum, total[r][v]));
                }
            }
        }
        for (int r = 0; r < 4; ++r)
            for (int v = 0; v < 2; ++v) Avx2::store(sums + r * kStrip + c + 8 * v, total[r][v]);
    }

    static ALCOVE_INLINE void multiplyGroup(const Panel& panel, const Tile& tile, int g, int c,
                                            __m256i (&dots)[4][2]) {
        multiplyPart(panel, tile.quants[g][0], g, c, dots);
        if constexpr (kParts == 2) {
            __m256i low[4][2];
            multiplyPart(panel, tile.quants[g][1], g, c, low);
            for (int r = 0; r < 4; ++r)
                for (int v = 0; v < 2; ++v)
                    dots[r][v] = _mm256_add_epi32(_mm256_slli_epi32(dots[r][v], 7), low[r][v]);
        }
    }

    using Part = int8_t[4][kGroupSize];

    static ALCOVE_INLINE void multiplyPart(const Panel& panel, const Part& part, int g, int c,
                                           __m256i (&dots)[4][2]) {
        if constexpr (Packed::kFourBits) {
            multiplySteps<0, 8>(panel, part, g, c, dots);
        } else {
            __m256i more[4][2];
            multiplySteps<0, 4>(panel, part, g, c, dots);
            multiplySteps<4, 8>(panel, part, g, c, more);
            for (int r = 0; r < 4; ++r)
                for (int v = 0; v < 2; ++v) dots[r][v] = _mm256_add_epi32(dots[r][v], more[r][v]);
        }
    }

    /// Products of steps of four columns, summed in 16 bits and widened.
    template <int kFrom, int kTo>
    static ALCOVE_INLINE void multiplySteps(const Panel& panel, const Part& part, int g, int c,
                                            __m256i (&dots)[4][2]) {
        __m256i words[4][2] = {};
        for (int step = kFrom; step < kTo; ++step) {
            const __m256i left = load256(panel.quants[g][step][c]);
            const __m256i right = load256(panel.quants[g][step][c + 8]);
            for (int r = 0; r < 4; ++r) {
                const __m256i a = broadcast32(part[r] + 4 * step);
                words[r][0] = _mm256_add_epi16(words[r][0], _mm256_maddubs_epi16(left, a));
                words[r][1] = _mm256_add_epi16(words[r][1], _mm256_maddubs_epi16(right, a));
                keepOrder(words[r][0]);
                keepOrder(words[r][1]);
            }
        }
        for (int r = 0; r < 4; ++r)
            for (int v = 0; v < 2; ++v) dots[r][v] = sumPairs(words[r][v]);
    }
};

template <typename Block>
struct SignedFamily {
    using Packed = PackedSigned<Block>;
    using Tile = Chunk16<4>;

    struct alignas(64) Panel {
        int16_t weights[kGroups][kGroupSize / 2][kStrip][2];
        float scale[kGroups][kStrip];
    };

    struct Scales {
        __m256 scale;
    };
    static Scales scales(const Block* chunk, int groups) { return {Packed::scales(chunk, groups)}; }

    static void packScales(const Scales* rows, Panel& panel, int c) {
        __m256 scale[8];
        for (int i = 0; i < 8; ++i) scale[i] = rows[i].scale;
        Avx2::transpose(scale);
        for (int g = 0; g < kGroups; ++g) _mm256_store_ps(panel.scale[g] + c, scale[g]);
    }

    static void packGroup(const Block* const* rows, int g, Panel& panel, int c) {
        __m256i low[8];
        __m256i high[8];
        for (int i = 0; i < 8; ++i) {
            const Words weights = Packed::weights(rows[i], g);
            low[i] = weights.left;
            high[i] = weights.right;
        }
        transpose(low);
        transpose(high);
        for (int i = 0; i < 8; ++i) {
            store256(panel.weights[g][i][c], low[i]);
            store256(panel.weights[g][8 + i][c], high[i]);
        }
    }

    static ALCOVE_APART void multiplyTile(const Panel& panel, const Tile& tile, int groups, int c,
                                          float* sums) {
        __m256 total[4][2];
        for (int r = 0; r < 4; ++r)
            for (int v = 0; v < 2; ++v) total[r][v] = Avx2::load(sums + r * kStrip + c + 8 * v);
        for (int g = 0; g < groups; ++g) {
            __m256i dots[4][2];
            multiplyGroup(panel, tile, g, c, dots);
            for (int v = 0; v < 2; ++v) {
                const __m256 scale = _mm256_load_ps(panel.scale[g] + c + 8 * v);
                for (int r = 0; r < 4; ++r) {
                    const __m256 scales = _mm256_mul_ps(scale, _mm256_set1_ps(tile.scale[g][r]));
                    total[r][v] =
                        _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots[r][v]), scales, total[r][v]);
                }
            }
        }
        for (int r = 0; r < 4; ++r)
            for (int v = 0; v < 2; ++v) Avx2::store(sums + r * kStrip + c + 8 * v, total[r][v]);
    }

    static ALCOVE_INLINE void multiplyGroup(const Panel& panel, const Tile& tile, int g, int c,
                                            __m256i (&dots)[4][2]) {
        for (int r = 0; r < 4; ++r)
            for (int v = 0; v < 2; ++v) dots[r][v] = _mm256_setzero_si256();
        for (int step = 0; step < kGroupSize / 2; ++step) {
            const __m256i left = load256(panel.weights[g][step][c]);
            const __m256i right = load256(panel.weights[g][step][c + 8]);
            for (int r = 0; r < 4; ++r) {
                const __m256i a = broadcast32(tile.quants[g][r] + 2 * step);
                dots[r][0] = _mm256_add_epi32(dots[r][0], _mm256_madd_epi16(left, a));
                dots[r][1] = _mm256_add_epi32(dots[r][1], _mm256_madd_epi16(right, a));
                keepOrder(dots[r][0]);
                keepOrder(dots[r][1]);
            }
        }
    }
};

// ---- the product

template <typename Block, typename Family, typename Few>
struct IntegerProduct {
    using Row1 = typename Few::Row;
    using Tile = typename Family::Tile;
    using Panel = typename Family::Panel;
    static constexpr int64_t kIndependentRows = Few::kMost;

    static size_t preparedBytes(int64_t m, int64_t k) {
        if (m <= Few::kMost) return static_cast<size_t>(m * chunksOf(k)) * sizeof(Row1);
        const int64_t tiles = roundUp(m, Tile::kRows) / Tile::kRows;
        return static_cast<size_t>(tiles * chunksOf(k)) * sizeof(Tile);
    }

    static void prepare(const float* in, int64_t inStride, int64_t m, int64_t k, int64_t mBegin,
                        int64_t mEnd, std::byte* prepared) {
        if (m <= Few::kMost)
            quantizeRows<Row1>(in, inStride, m, k, mBegin, mEnd, prepared);
        else
            quantizeRows<Tile>(in, inStride, m, k, mBegin, mEnd, prepared);
    }

    static size_t scratchBytes(int64_t m) {
        if (m <= Few::kMost) return 0;
        return sizeof(Panel) + static_cast<size_t>(roundUp(m, Tile::kRows) * kStrip) * 4;
    }

    static void multiply(const MatrixView& weights, const std::byte* prepared, int64_t m,
                         int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                         std::byte* scratch) {
        if (m <= Few::kMost) {
            const auto* rows = reinterpret_cast<const Row1*>(prepared);
            return Few::multiply(weights, rows, m, nBegin, nEnd, out, outStride);
        }
        const auto* tiles = reinterpret_cast<const Tile*>(prepared);
        auto* panel = reinterpret_cast<Panel*>(scratch);
        auto* sums = reinterpret_cast<float*>(scratch + sizeof(Panel));
        for (int64_t n = nBegin; n < nEnd; n += kStrip) {
            const int64_t count = least(kStrip, nEnd - n);
            strip(weights, tiles, m, n, count, *panel, sums);
            for (int64_t i = 0; i < m; ++i)
                memcpy(out + i * outStride + n, sums + i * kStrip,
                       static_cast<size_t>(count) * sizeof(float));
        }
    }

private:
    static void strip(const MatrixView& weights, const Tile* tiles, int64_t m, int64_t n,
                      int64_t count, Panel& panel, float* sums) {
        const int64_t chunks = chunksOf(weights.columns);
        memset(sums, 0, static_cast<size_t>(roundUp(m, Tile::kRows) * kStrip) * sizeof(float));
        for (int64_t c = 0; c < chunks; ++c) {
            const int groups = groupsOf(weights.columns, c);
            pack(weights, n, count, c, groups, panel);
            for (int64_t row = 0; row < m; row += Tile::kRows) {
                const Tile& tile = tiles[row / Tile::kRows * chunks + c];
                for (int column = 0; column < kStrip; column += 16)
                    Family::multiplyTile(panel, tile, groups, column, sums + row * kStrip);
            }
        }
    }

    /// Chunk c of weight rows n … n + count − 1. Columns of the panel beyond them repeat the last
    /// row; their sums are not stored.
    static void pack(const MatrixView& weights, int64_t n, int64_t count, int64_t c, int groups,
                     Panel& panel) {
        for (int column = 0; column < kStrip; column += 8) {
            const Block* rows[8];
            typename Family::Scales scales[8];
            for (int i = 0; i < 8; ++i) {
                const int64_t row = n + least<int64_t>(count - 1, column + i);
                rows[i] = rowOf<Block>(weights, row) + c * kBlocksPerChunk<Block>;
                scales[i] = Family::scales(rows[i], groups);
            }
            Family::packScales(scales, panel, column);
            for (int g = 0; g < groups; ++g) Family::packGroup(rows, g, panel, column);
        }
    }
};

}  // namespace
}  // namespace alcove::engine
