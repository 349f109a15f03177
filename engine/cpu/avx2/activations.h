// Activations rounded to integers, 32 at a time with a scale of their own (or, in a StepChunk, 16
// with a step), in the order in which the products read them: chunk after chunk, in a chunk group
// after group, in a group the rows of a tile side by side. Rows and groups that are not there are
// zero.
#pragma once

#include <bit>

#include "engine/cpu/avx2/blocks.h"
#include "engine/cpu/generic/rounding.h"
#include "engine/cpu/kernels.h"

namespace alcove::engine {
namespace {

inline void storeQuants(int8_t* to, const __m256i (&whole)[4]) {
    // The packs work within 128-bit lanes; the permutation puts their quarters in order.
    const __m256i low = _mm256_packs_epi32(whole[0], whole[1]);
    const __m256i high = _mm256_packs_epi32(whole[2], whole[3]);
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(low, high), order);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bytes);
}

inline void storeQuants(int16_t* to, const __m256i (&whole)[4]) {
    for (int i = 0; i < 2; ++i) {
        const __m256i words = _mm256_packs_epi32(whole[2 * i], whole[2 * i + 1]);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 16 * i),
                            _mm256_permute4x64_epi64(words, 0xd8));
    }
}

inline float sumOf(__m256i integers) { return Avx2::sum(_mm256_cvtepi32_ps(integers)); }

/// For unsigned weights. An activation is scale · quant, where the quant is a byte or, in
/// two parts, 128 · quants[0] + quants[1]; sum is scale · Σ quant, which the offset of the weights
/// multiplies.
template <int kRowsOfTile, int kPartsOfQuant>
struct alignas(64) Chunk8 {
    static constexpr int kRows = kRowsOfTile;
    static constexpr int kParts = kPartsOfQuant;
    static constexpr int kLargest = kParts == 1 ? 127 : 127 * 128;
    int8_t quants[kGroups][kParts][kRows][kGroupSize];
    float scale[kGroups][kRows];
    float sum[kGroups][kRows];

    ALCOVE_INLINE void set(int g, int row, const __m256i (&whole)[4], float groupScale) {
        if constexpr (kParts == 1) {
            storeQuants(quants[g][0][row], whole);
        } else {
            __m256i high[4];
            __m256i low[4];
            for (int i = 0; i < 4; ++i) {
                // The nearest multiple of 128, so that what is left over is a signed byte too.
                high[i] = _mm256_srai_epi32(_mm256_add_epi32(whole[i], _mm256_set1_epi32(64)), 7);
                low[i] = _mm256_sub_epi32(whole[i], _mm256_slli_epi32(high[i], 7));
            }
            storeQuants(quants[g][0][row], high);
            storeQuants(quants[g][1][row], low);
        }
        const __m256i left = _mm256_add_epi32(whole[0], whole[1]);
        const __m256i right = _mm256_add_epi32(whole[2], whole[3]);
        scale[g][row] = groupScale;
        sum[g][row] = groupScale * sumOf(_mm256_add_epi32(left, right));
    }
};

/// For signed weights of up to 2¹² in magnitude: 32 products stay below 2³¹, and the rounding is
/// far below that of the weights.
template <int kRowsOfTile>
struct alignas(64) Chunk16 {
    static constexpr int kRows = kRowsOfTile;
    static constexpr int kLargest = 16383;
    int16_t quants[kGroups][kRows][kGroupSize];
    float scale[kGroups][kRows];

    ALCOVE_INLINE void set(int g, int row, const __m256i (&whole)[4], float groupScale) {
        storeQuants(quants[g][row], whole);
        scale[g][row] = groupScale;
    }
};

/// One row for few rows of unsigned weights: the even ones of each 32, then the odd ones, as the
/// bytes of weights fall apart into words. Sums and, once for each, scales stand for
/// kGroupSize / kSumsOfGroup activations: as many as share an offset of the weights.
template <int kSumsOfGroup>
struct alignas(64) SplitChunk {
    static constexpr int kRows = 1;
    static constexpr int kLargest = 16383;
    static constexpr int kSums = kSumsOfGroup;
    int16_t quants[kGroups][kRows][kGroupSize];
    float scale[kGroups][kSums];
    float sum[kGroups][kSums];

    ALCOVE_INLINE void set(int g, int, const __m256i (&whole)[4], float groupScale) {
        const auto inOrder = [](__m256i left, __m256i right) {
            return _mm256_permute4x64_epi64(_mm256_packs_epi32(left, right), 0xd8);
        };
        const __m256i words[2] = {inOrder(whole[0], whole[1]), inOrder(whole[2], whole[3])};
        const auto first = [](__m256i pairs) {
            return _mm256_srai_epi32(_mm256_slli_epi32(pairs, 16), 16);
        };
        const auto second = [](__m256i pairs) { return _mm256_srai_epi32(pairs, 16); };
        auto* to = reinterpret_cast<__m256i*>(quants[g][0]);
        _mm256_store_si256(to, inOrder(first(words[0]), first(words[1])));
        _mm256_store_si256(to + 1, inOrder(second(words[0]), second(words[1])));
        const __m256i left = _mm256_add_epi32(whole[0], whole[1]);
        const __m256i right = _mm256_add_epi32(whole[2], whole[3]);
        if constexpr (kSums == 1) {
            sum[g][0] = groupScale * sumOf(_mm256_add_epi32(left, right));
        } else {
            sum[g][0] = groupScale * sumOf(left);
            sum[g][1] = groupScale * sumOf(right);
        }
        for (float& one : scale[g]) one = groupScale;
    }
};

/// One row for few rows of weights with integer scales: value = scale · steps · quant, so that
/// floats come once for 256. Steps and sums stand as IntegerScales has its words.
struct alignas(64) StepChunk {
    static constexpr int kRows = 1;
    int8_t quants[kGroups][kGroupSize];
    int16_t steps[2][kGroups];
    int16_t sum[2][kGroups];  // steps · Σ of 16 quants
    float scale;
};

/// The largest of the magnitudes' bits: their order as integers is that of the numbers, with NaN
/// above all. A value that is no number so becomes the scale of its group and shows in every
/// product.
inline float greatest(__m256i magnitudes) {
    __m128i four =
        _mm_max_epi32(_mm256_castsi256_si128(magnitudes), _mm256_extracti128_si256(magnitudes, 1));
    four = _mm_max_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    four = _mm_max_epi32(four, _mm_shuffle_epi32(four, 0xb1));
    return std::bit_cast<float>(_mm_cvtsi128_si32(four));
}

/// 32 activations to group g of one row.
template <typename Chunk>
inline void quantizeGroup(const float* in, Chunk& chunk, int g, int row) {
    __m256 values[4];
    __m256i largest = _mm256_setzero_si256();
    for (int i = 0; i < 4; ++i) {
        values[i] = Avx2::load(in + 8 * i);
        largest = _mm256_max_epi32(largest, _mm256_castps_si256(Avx2::abs(values[i])));
    }
    const Rounding rounding(greatest(largest), static_cast<float>(Chunk::kLargest));
    const __m256 inverse = _mm256_set1_ps(rounding.inverse);
    __m256i whole[4];
    for (int i = 0; i < 4; ++i) whole[i] = _mm256_cvtps_epi32(_mm256_mul_ps(values[i], inverse));
    chunk.set(g, row, whole, rounding.scale);
}

template <typename Chunk>
ALCOVE_INLINE void clearGroup(Chunk& chunk, int g, int row) {
    const __m256i zeros[4] = {};
    chunk.set(g, row, zeros, 0.0f);
}

/// Two branches on purpose: gcc 12 drops the rounding where one pointer is either the input or a
/// local array of zeros.
template <typename Chunk>
inline void quantizeRow(const float* in, int64_t k, Chunk* chunks, int row) {
    for (int64_t c = 0; c < chunksOf(k); ++c)
        for (int g = 0; g < kGroups; ++g) {
            const int64_t first = c * kChunk + g * kGroupSize;
            if (first < k)
                quantizeGroup(in + first, chunks[c], g, row);
            else
                clearGroup(chunks[c], g, row);
        }
}

inline void quantizeChunk(const float* in, StepChunk& chunk) {
    __m256i tops[2 * kGroups];
    __m256i all = _mm256_setzero_si256();
    const auto bits = [&](int i) { return _mm256_castps_si256(Avx2::abs(Avx2::load(in + 8 * i))); };
    for (int i = 0; i < 2 * kGroups; ++i) {
        tops[i] = _mm256_max_epi32(bits(2 * i), bits(2 * i + 1));
        all = _mm256_max_epi32(all, tops[i]);
    }
    const float top = greatest(all);
    const Rounding rounding(top, 127.0f * kMostSteps);
    chunk.scale = rounding.scale;
    for (int g = 0; g < kGroups; ++g) {
        __m256i whole[4];
        for (int half = 0; half < 2; ++half) {
            const float steps = stepsFor(greatest(tops[2 * g + half]), top);
            const __m256 inverse = _mm256_set1_ps(rounding.inverse / steps);
            for (int i = 2 * half; i < 2 * half + 2; ++i)
                whole[i] = _mm256_cvtps_epi32(
                    _mm256_mul_ps(Avx2::load(in + g * kGroupSize + 8 * i), inverse));
            const float sum = sumOf(_mm256_add_epi32(whole[2 * half], whole[2 * half + 1]));
            chunk.steps[half][g] = static_cast<int16_t>(steps);
            chunk.sum[half][g] =
                static_cast<int16_t>(static_cast<int64_t>(steps * sum));  // of an infinity, too
        }
        storeQuants(chunk.quants[g], whole);
    }
}

/// Types with integer scales have whole chunks.
inline void quantizeRow(const float* in, int64_t k, StepChunk* chunks, int) {
    for (int64_t c = 0; c < k / kChunk; ++c) quantizeChunk(in + c * kChunk, chunks[c]);
}

template <typename Chunk>
inline void clearRow(Chunk* chunks, int64_t count, int row) {
    for (int64_t c = 0; c < count; ++c)
        for (int g = 0; g < kGroups; ++g) clearGroup(chunks[c], g, row);
}

/// Rows [mBegin, mEnd) of m; who has the last row also fills its tile up with zeros.
template <typename Chunk>
inline void quantizeRows(const float* in, int64_t inStride, int64_t m, int64_t k, int64_t mBegin,
                         int64_t mEnd, std::byte* prepared) {
    auto* chunks = reinterpret_cast<Chunk*>(prepared);
    const int64_t count = chunksOf(k);
    auto tileOfRow = [=](int64_t i) { return chunks + i / Chunk::kRows * count; };
    for (int64_t i = mBegin; i < mEnd; ++i)
        quantizeRow(in + i * inStride, k, tileOfRow(i), static_cast<int>(i % Chunk::kRows));
    if constexpr (Chunk::kRows > 1)
        for (int64_t i = m; mEnd == m && i < roundUp(m, Chunk::kRows); ++i)
            clearRow(tileOfRow(i), count, static_cast<int>(i % Chunk::kRows));
}

}  // namespace
}  // namespace alcove::engine
