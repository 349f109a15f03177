// Products with few rows of activations (decoding, drafts): the packed weights stream past once.
//
// A group of 32 weights becomes bytes or words in registers, is multiplied with the group of every
// row, and the eight partial sums of the result join an accumulator, scaled as floats each time, or
// as integers and once for 256; they are added up at the end of the weight row only. Whatever the
// number of rows, each output is computed in the same order.
#pragma once

#include <type_traits>
#include <utility>

#include "engine/cpu/avx2/activations.h"

namespace alcove::engine {
namespace {

/// Calls body.operator()<i>() for i = 0 … kCount − 1. Unrolled and inlined before the compiler
/// decides what lives in registers; as loops, weights and sums would live in memory.
template <int kCount, typename Body>
ALCOVE_INLINE void unroll(const Body& body) {
    [&]<int... kIndex>(std::integer_sequence<int, kIndex...>) ALCOVE_INLINED {
        (body.template operator()<kIndex>(), ...);
    }(std::make_integer_sequence<int, kCount>{});
}

/// Of one weight row with each of kM rows of activations: even and odd groups apart, so that two
/// chains of additions run side by side.
template <int kM>
struct FewSums {
    __m256 of[kM][2];
};

/// Products of 32 weights with 32 activations, in eight parts.
ALCOVE_INLINE __m256i dots(Words weights, const int16_t* activations) {
    const __m256i left = _mm256_madd_epi16(weights.left, load256(activations));
    const __m256i right = _mm256_madd_epi16(weights.right, load256(activations + kGroupSize / 2));
    return _mm256_add_epi32(left, right);
}
ALCOVE_INLINE __m256i dots(__m256i unsignedBytes, const int8_t* activations) {
    return sumPairs(_mm256_maddubs_epi16(unsignedBytes, load256(activations)));
}

ALCOVE_INLINE void addScaled(__m256& sum, __m256i dots, __m256 factor) {
    sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots), factor, sum);
}

/// Weights with a scale and an offset for each group, and activations of 15 bits or of bytes.
template <typename Block, Precision precision>
struct OffsetForm {
    using Packed = PackedUnsigned<Block>;
    static constexpr bool kFine = precision == Precision::Fine;
    using Row = std::conditional_t<kFine, SplitChunk<1>, Chunk8<1, 1>>;

    static ALCOVE_INLINE auto weights(const Block* chunk, int g) {
        if constexpr (kFine)
            return split(Packed::quants(chunk, g));
        else
            return Packed::quants(chunk, g);
    }
    static ALCOVE_INLINE const auto* activations(const Row& row, int g) {
        if constexpr (kFine)
            return row.quants[g][0];
        else
            return row.quants[g][0][0];
    }
    /// Adds the offsets, and tells the scales.
    template <int kM>
    static ALCOVE_INLINE __m256 begin(const Block* chunk, const Row* const (&a)[kM], int groups,
                                      FewSums<kM>& sums) {
        const ScaleOffsets s = Packed::scales(chunk, groups);
        unroll<kM>([&]<int i>() ALCOVE_INLINED {
            const __m256 sum = _mm256_load_ps(&a[i]->sum[0][0]);
            sums.of[i][1] = _mm256_fmadd_ps(s.offset, sum, sums.of[i][1]);
        });
        return s.scale;
    }
};

/// Weights with a scale for each group.
template <typename Block>
struct PlainForm {
    using Packed = PackedSigned<Block>;
    using Row = Chunk16<1>;

    static ALCOVE_INLINE Words weights(const Block* chunk, int g) {
        return Packed::weights(chunk, g);
    }
    static ALCOVE_INLINE const int16_t* activations(const Row& row, int g) {
        return row.quants[g][0];
    }
    template <int kM>
    static ALCOVE_INLINE __m256 begin(const Block* chunk, const Row* const (&)[kM], int groups,
                                      FewSums<kM>&) {
        return Packed::scales(chunk, groups);
    }
};

template <typename Block, typename Form>
struct FewScaled {
    using Row = typename Form::Row;

    template <int kM>
    static ALCOVE_INLINE void addChunk(const Block* chunk, const Row* const (&a)[kM],
                                       FewSums<kM>& sums) {
        alignas(32) float factors[kM][kGroups];
        begin(chunk, a, kGroups, factors, sums);
        unroll<kGroups>([&]<int g>()
                            ALCOVE_INLINED { addGroup<g % 2>(chunk, a, g, factors, sums); });
    }

    /// The last chunk of a row, which has fewer groups.
    template <int kM>
    static ALCOVE_INLINE void addTail(const Block* chunk, const Row* const (&a)[kM], int groups,
                                      FewSums<kM>& sums) {
        alignas(32) float factors[kM][kGroups];
        begin(chunk, a, groups, factors, sums);
        for (int g = 0; g < groups; ++g) addGroup<0>(chunk, a, g, factors, sums);
    }

private:
    template <int kM>
    static ALCOVE_INLINE void begin(const Block* chunk, const Row* const (&a)[kM], int groups,
                                    float (&factors)[kM][kGroups], FewSums<kM>& sums) {
        const __m256 scale = Form::begin(chunk, a, groups, sums);
        unroll<kM>([&]<int i>() ALCOVE_INLINED {
            _mm256_store_ps(factors[i], _mm256_mul_ps(scale, _mm256_load_ps(&a[i]->scale[0][0])));
        });
    }

    template <int kChain, int kM>
    static ALCOVE_INLINE void addGroup(const Block* chunk, const Row* const (&a)[kM], int g,
                                       const float (&factors)[kM][kGroups], FewSums<kM>& sums) {
        const auto weights = Form::weights(chunk, g);
        unroll<kM>([&]<int i>() ALCOVE_INLINED {
            addScaled(sums.of[i][kChain], dots(weights, Form::activations(*a[i], g)),
                      _mm256_set1_ps(factors[i][g]));
        });
    }
};

/// Integer scales are multiplied as such; only sums of a whole chunk become floats. A word holds
/// two products of bytes, at most 2 · 63 · 127, and another a scale times steps, at most 128 · 15;
/// the sums of sixteen such products of words are below 2³¹.
template <typename Block>
struct FewIntegers {
    using Row = StepChunk;

    template <int kM>
    static ALCOVE_INLINE void addChunk(const Block* chunk, const Row* const (&a)[kM],
                                       FewSums<kM>& sums) {
        const IntegerScales s = integerScales(chunk);
        __m256i scales[kM];
        __m256i products[kM];
        unroll<kM>([&]<int i>() ALCOVE_INLINED {
            scales[i] = _mm256_mullo_epi16(s.scales, load256(a[i]->steps));
            products[i] = _mm256_setzero_si256();
        });
        unroll<kGroups>([&]<int g>() ALCOVE_INLINED {
            const __m256i quants = unsignedQuants(chunk, g);
            constexpr short word = 2 * g | (2 * g + 1) << 8;
            unroll<kM>([&]<int i>() ALCOVE_INLINED {
                const __m256i scale = _mm256_shuffle_epi8(scales[i], _mm256_set1_epi16(word));
                const __m256i pairs = _mm256_maddubs_epi16(quants, load256(a[i]->quants[g]));
                products[i] = _mm256_add_epi32(products[i], _mm256_madd_epi16(pairs, scale));
            });
        });
        unroll<kM>([&]<int i>() ALCOVE_INLINED {
            const float scale = a[i]->scale;
            addScaled(sums.of[i][0], products[i], _mm256_set1_ps(s.scale * scale));
            const __m256i minima = _mm256_madd_epi16(s.minima, load256(a[i]->sum));
            addScaled(sums.of[i][1], minima, _mm256_set1_ps(-s.minimum * scale));
        });
    }

    /// Rows are whole chunks.
    template <int kM>
    static void addTail(const Block*, const Row* const (&)[kM], int, FewSums<kM>&) {}
};

/// A scale for each half of a group: after the split the two halves of a register hold them.
template <typename Block>
struct FewSixteens {
    using Packed = PackedSixteens<Block>;
    using Row = SplitChunk<2>;

    template <int kM>
    static ALCOVE_INLINE void addChunk(const Block* chunk, const Row* const (&a)[kM],
                                       FewSums<kM>& sums) {
        const __m256 d = _mm256_set1_ps(_cvtsh_ss(chunk->d));
        const __m128i scales = Packed::scales(chunk);
        const __m256 scale[2] = {floats(scales, d), floats(_mm_srli_si128(scales, 8), d)};
        __m256 factors[kM][2];
        unroll<2>([&]<int half>() ALCOVE_INLINED {
            const __m256 offset = _mm256_mul_ps(scale[half], _mm256_set1_ps(-Packed::kZero));
            unroll<kM>([&]<int i>() ALCOVE_INLINED {
                const __m256 of = _mm256_load_ps(&a[i]->scale[4 * half][0]);
                factors[i][half] = _mm256_mul_ps(scale[half], of);
                const __m256 sum = _mm256_load_ps(&a[i]->sum[4 * half][0]);
                sums.of[i][half] = _mm256_fmadd_ps(offset, sum, sums.of[i][half]);
            });
        });
        unroll<kGroups>([&]<int g>() ALCOVE_INLINED {
            const Words words = split(Packed::quants(chunk, g));
            constexpr int b = 2 * (g % 4);
            const __m256i lanes = _mm256_setr_epi32(b, b, b, b, b + 1, b + 1, b + 1, b + 1);
            unroll<kM>([&]<int i>() ALCOVE_INLINED {
                addScaled(sums.of[i][g % 2], dots(words, a[i]->quants[g][0]),
                          _mm256_permutevar8x32_ps(factors[i][g / 4], lanes));
            });
        });
    }

    /// Rows are whole chunks.
    template <int kM>
    static void addTail(const Block*, const Row* const (&)[kM], int, FewSums<kM>&) {}

private:
    static ALCOVE_INLINE __m256 floats(__m128i bytes, __m256 times) {
        return _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)), times);
    }
};

template <typename Block, Precision precision>
auto fewFamilyOf() {
    if constexpr (precision == Precision::Fast && kTakesSteps<Block>)
        return FewIntegers<Block>{};
    else if constexpr (kIsSixteens<Block>)
        return FewSixteens<Block>{};
    else if constexpr (requires { PackedUnsigned<Block>::kFourBits; })
        return FewScaled<Block, OffsetForm<Block, precision>>{};
    else
        return FewScaled<Block, PlainForm<Block>>{};
}
template <typename Block, Precision precision>
using FewFamily = decltype(fewFamilyOf<Block, precision>());

template <typename Block, typename Family>
struct FewRows {
    using Row = typename Family::Row;
    static constexpr int64_t kMost = 4;  // more do not fit the registers

    static void multiply(const MatrixView& weights, const Row* rows, int64_t m, int64_t nBegin,
                         int64_t nEnd, float* out, int64_t outStride) {
        if (m == 1) multiply<1>(weights, rows, nBegin, nEnd, out, outStride);
        if (m == 2) multiply<2>(weights, rows, nBegin, nEnd, out, outStride);
        if (m == 3) multiply<3>(weights, rows, nBegin, nEnd, out, outStride);
        if (m == 4) multiply<4>(weights, rows, nBegin, nEnd, out, outStride);
    }

private:
    template <int kM>
    static void multiply(const MatrixView& weights, const Row* rows, int64_t nBegin, int64_t nEnd,
                         float* out, int64_t outStride) {
        for (int64_t n = nBegin; n < nEnd; ++n)
            multiplyRow<kM>(rowOf<Block>(weights, n), weights.columns, rows, out + n, outStride);
    }

    /// One weight row at a time: more of them do not fit the registers and are no faster.
    template <int kM>
    static ALCOVE_APART void multiplyRow(const Block* row, int64_t columns, const Row* rows,
                                         float* out, int64_t outStride) {
        const int64_t chunks = chunksOf(columns);
        const int64_t whole = columns / kChunk;
        FewSums<kM> sums;
        const Row* a[kM];
        unroll<kM>([&]<int i>() ALCOVE_INLINED {
            sums.of[i][0] = sums.of[i][1] = _mm256_setzero_ps();
            a[i] = rows + i * chunks;
        });
        for (int64_t c = 0; c < whole; ++c) {
            prefetch(row);
            Family::template addChunk<kM>(row, a, sums);
            row += kBlocksPerChunk<Block>;
            unroll<kM>([&]<int i>() ALCOVE_INLINED { ++a[i]; });
        }
        if (whole < chunks) Family::template addTail<kM>(row, a, groupsOf(columns, whole), sums);
        unroll<kM>([&]<int i>() ALCOVE_INLINED {
            out[i * outStride] = Avx2::sum(_mm256_add_ps(sums.of[i][0], sums.of[i][1]));
        });
    }

    /// What comes some rows later: the processor's own prefetching stops at the ends of pages.
    static ALCOVE_INLINE void prefetch(const Block* chunk) {
        constexpr size_t kAhead = 2048;
        const auto* soon = reinterpret_cast<const char*>(chunk) + kAhead;
        for (size_t at = 0; at < sizeof(Block) * kBlocksPerChunk<Block>; at += 64)
            _mm_prefetch(soon + at, _MM_HINT_T0);
    }
};

}  // namespace
}  // namespace alcove::engine
