// Products with few rows of activations (decoding, drafts): the packed weights stream past once.
//
// A group of 32 weights becomes words in registers, is multiplied with the group of every row, and
// the eight partial sums of the result join an accumulator scaled; they are added up at the end of
// the weight row only. Whatever the number of rows, each output is computed in the same order.
#pragma once

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

/// Ends the compiler's freedom to compute later what stands here: gcc otherwise collects the
/// products of a whole step before it adds them, and runs out of registers.
template <typename Register>
ALCOVE_INLINE void keepOrder([[maybe_unused]] Register& sum) {
#if defined(__GNUC__)
    __asm__ volatile("" : "+x"(sum));
#endif
}

/// Of one weight row with each of kM rows of activations: even and odd groups apart, so that two
/// chains of additions run side by side.
template <int kM>
struct FewSums {
    __m256 of[kM][2];
};

/// Adds scaled products of 32 weights with 32 activations.
ALCOVE_INLINE void addDots(__m256& sum, __m256i left, const int16_t* leftOf, __m256i right,
                           const int16_t* rightOf, __m256 factor) {
    const __m256i dots = _mm256_add_epi32(_mm256_madd_epi16(left, load256(leftOf)),
                                          _mm256_madd_epi16(right, load256(rightOf)));
    sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots), factor, sum);
    keepOrder(sum);
}

/// A scale and an offset for each group.
template <typename Block>
struct FewUnsigned {
    using Packed = PackedUnsigned<Block>;
    using Row = SplitChunk<1>;

    template <int kM>
    static ALCOVE_INLINE void addChunk(const Block* chunk, const Row* const (&a)[kM],
                                       FewSums<kM>& sums) {
        alignas(32) float factors[kM][kGroups];
        startChunk(chunk, a, kGroups, sums, factors);
        unroll<kGroups / 2>([&]<int pair>() ALCOVE_INLINED {
            const SplitPair weights = splitPair(chunk, pair);
            addGroup<0>(weights.even[0], weights.odd[0], a, 2 * pair, factors, sums);
            addGroup<1>(weights.even[1], weights.odd[1], a, 2 * pair + 1, factors, sums);
        });
    }

    /// The last chunk of a row, which has fewer groups.
    template <int kM>
    static ALCOVE_INLINE void addTail(const Block* chunk, const Row* const (&a)[kM], int groups,
                                      FewSums<kM>& sums) {
        alignas(32) float factors[kM][kGroups];
        startChunk(chunk, a, groups, sums, factors);
        for (int g = 0; g < groups; ++g) {
            const __m256i quants = Packed::quants(chunk, g);
            addGroup<0>(evenBytes(quants), oddBytes(quants), a, g, factors, sums);
        }
    }

private:
    template <int kM>
    static ALCOVE_INLINE void startChunk(const Block* chunk, const Row* const (&a)[kM], int groups,
                                         FewSums<kM>& sums, float (&factors)[kM][kGroups]) {
        const ScaleOffsets s = Packed::scales(chunk, groups);
        const __m256 quantScale = scaleOfSplit(chunk, s.scale);
        unroll<kM>([&]<int i>() ALCOVE_INLINED {
            const __m256 scale = _mm256_load_ps(&a[i]->scale[0][0]);
            _mm256_store_ps(factors[i], _mm256_mul_ps(quantScale, scale));
            const __m256 sum = _mm256_load_ps(&a[i]->sum[0][0]);
            sums.of[i][1] = _mm256_fmadd_ps(s.offset, sum, sums.of[i][1]);
        });
    }

    template <int kChain, int kM>
    static ALCOVE_INLINE void addGroup(__m256i even, __m256i odd, const Row* const (&a)[kM], int g,
                                       const float (&factors)[kM][kGroups], FewSums<kM>& sums) {
        unroll<kM>([&]<int i>() ALCOVE_INLINED {
            addDots(sums.of[i][kChain], even, a[i]->even[g], odd, a[i]->odd[g],
                    _mm256_set1_ps(factors[i][g]));
        });
    }
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
            const __m256i quants = Packed::quants(chunk, g);
            const __m256i even = evenBytes(quants);
            const __m256i odd = oddBytes(quants);
            constexpr int b = 2 * (g % 4);
            const __m256i lanes = _mm256_setr_epi32(b, b, b, b, b + 1, b + 1, b + 1, b + 1);
            unroll<kM>([&]<int i>() ALCOVE_INLINED {
                addDots(sums.of[i][g % 2], even, a[i]->even[g], odd, a[i]->odd[g],
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

/// Signed words that need a factor only.
template <typename Block>
struct FewSigned {
    using Packed = PackedSigned<Block>;
    using Row = Chunk16<1>;

    template <int kM>
    static ALCOVE_INLINE void addChunk(const Block* chunk, const Row* const (&a)[kM],
                                       FewSums<kM>& sums) {
        alignas(32) float factors[kM][kGroups];
        startChunk(chunk, a, kGroups, factors);
        unroll<kGroups>([&]<int g>()
                            ALCOVE_INLINED { addGroup<g % 2>(chunk, a, g, factors, sums); });
    }

    template <int kM>
    static ALCOVE_INLINE void addTail(const Block* chunk, const Row* const (&a)[kM], int groups,
                                      FewSums<kM>& sums) {
        alignas(32) float factors[kM][kGroups];
        startChunk(chunk, a, groups, factors);
        for (int g = 0; g < groups; ++g) addGroup<0>(chunk, a, g, factors, sums);
    }

private:
    template <int kM>
    static ALCOVE_INLINE void startChunk(const Block* chunk, const Row* const (&a)[kM], int groups,
                                         float (&factors)[kM][kGroups]) {
        const __m256 scale = Packed::scales(chunk, groups);
        unroll<kM>([&]<int i>() ALCOVE_INLINED {
            _mm256_store_ps(factors[i], _mm256_mul_ps(scale, _mm256_load_ps(&a[i]->scale[0][0])));
        });
    }

    template <int kChain, int kM>
    static ALCOVE_INLINE void addGroup(const Block* chunk, const Row* const (&a)[kM], int g,
                                       const float (&factors)[kM][kGroups], FewSums<kM>& sums) {
        const Weights16 weights = Packed::weights(chunk, g);
        unroll<kM>([&]<int i>() ALCOVE_INLINED {
            const int16_t* quants = a[i]->quants[g][0];
            addDots(sums.of[i][kChain], weights.low, quants, weights.high, quants + 16,
                    _mm256_set1_ps(factors[i][g]));
        });
    }
};

template <typename Block>
auto fewFamilyOf() {
    if constexpr (requires { PackedSixteens<Block>::kZero; })
        return FewSixteens<Block>{};
    else if constexpr (requires { PackedUnsigned<Block>::kFourBits; })
        return FewUnsigned<Block>{};
    else
        return FewSigned<Block>{};
}

template <typename Block>
struct FewRows {
    using Family = decltype(fewFamilyOf<Block>());
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
