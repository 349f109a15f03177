// Products with few rows of activations (decoding): the weights stream from memory once, a row of
// them after the other, and all that is done with a chunk stays in registers. Nothing is summed
// across lanes before the row's end.
//
// Two forms. Of every 64 weights the activations' bytes are multiplied, of fifteen bits the upper
// bytes first, whose products move up by seven bits before those of the lower ones join them; the
// sums of four then become floats and are scaled. Where the activations are bytes of one scale and
// the weights' scales are integers, these are multiplied first, and floats come once for 256.
#pragma once

#include "engine/cpu/avx512/activations.h"
#include "engine/cpu/kernels.h"

namespace alcove::engine::avx512 {
namespace {

/// Lanes 4 i … 4 i + 3 become element 4 · group + i.
template <int group>
[[gnu::always_inline]] inline __m512 spread(__m512 of16) {
    constexpr int b = 4 * group;
    const __m512i lanes = _mm512_setr_epi32(b, b, b, b, b + 1, b + 1, b + 1, b + 1, b + 2, b + 2,
                                            b + 2, b + 2, b + 3, b + 3, b + 3, b + 3);
    return _mm512_permutexvar_ps(lanes, of16);
}

/// Scales become floats with the weights. `Rounded` is ByteChunk or FineChunk.
template <typename Block, typename Rounded>
struct FloatForm {
    using Activations = Rounded;

    struct Weights {
        Chunk chunk;
        __m512 shift;

        [[gnu::always_inline]] explicit Weights(const Block* blocks) {
            Loader<Block>::load(blocks, chunk);
            shift = shiftOf<Block>(chunk);
        }
    };

    /// Two, so that consecutive additions do not wait for each other.
    struct Sums {
        __m512 even = _mm512_setzero_ps();
        __m512 odd = _mm512_setzero_ps();

        [[gnu::always_inline]] void add(const Weights& weights, const Activations& activations) {
            const __m512 scale = _mm512_mul_ps(weights.chunk.scale, activations.scales());
            addGroup<0>(weights.chunk, activations, scale, even);
            addGroup<1>(weights.chunk, activations, scale, odd);
            addGroup<2>(weights.chunk, activations, scale, even);
            addGroup<3>(weights.chunk, activations, scale, odd);
            odd = _mm512_fmadd_ps(weights.shift, _mm512_load_ps(activations.sum), odd);
        }
        [[nodiscard]] float total() const { return _mm512_reduce_add_ps(_mm512_add_ps(even, odd)); }

    private:
        template <int group>
        [[gnu::always_inline]] static void addGroup(const Chunk& weights,
                                                    const Activations& activations, __m512 scale,
                                                    __m512& sum) {
            const __m512i q = weights.q[group];
            __m512i dot = _mm512_dpbusd_epi32(_mm512_setzero_si512(), q,
                                              load512(activations.parts[0] + 64 * group));
            if constexpr (Activations::kParts == 2)
                dot = _mm512_dpbusd_epi32(_mm512_slli_epi32(dot, 7), q,
                                          load512(activations.parts[1] + 64 * group));
            sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot), spread<group>(scale), sum);
        }
    };
};

/// Scales are multiplied as integers; only sums of a whole chunk become floats. A word holds two
/// products of bytes, at most 2 · 63 · 127, and another a scale times steps, at most 128 · 15; the
/// sums of eight such products of words are below 2³¹.
template <typename Block>
struct IntegerForm {
    using Activations = StepChunk;

    struct Weights {
        __m512i q[4];
        IntegerScales of;

        [[gnu::always_inline]] explicit Weights(const Block* block) : of(integerScales(block)) {
            Chunk chunk;
            Loader<Block>::load(block, chunk);
            for (int group = 0; group < 4; ++group) q[group] = chunk.q[group];
        }
    };

    struct Sums {
        __m512 products = _mm512_setzero_ps();
        __m256 minima = _mm256_setzero_ps();

        [[gnu::always_inline]] void add(const Weights& weights, const Activations& activations) {
            const __m256i steps = load256(activations.steps);
            const __m512i scales =
                _mm512_castsi256_si512(_mm256_mullo_epi16(weights.of.scales, steps));
            const __m512i zero = _mm512_setzero_si512();
            __m512i even = addGroup<0>(zero, weights, activations, scales);
            __m512i odd = addGroup<1>(zero, weights, activations, scales);
            even = addGroup<2>(even, weights, activations, scales);
            odd = addGroup<3>(odd, weights, activations, scales);
            products =
                _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_add_epi32(even, odd)),
                                _mm512_set1_ps(weights.of.scale * activations.scale), products);
            const __m256i sums = _mm256_madd_epi16(weights.of.minima, load256(activations.sum));
            minima =
                _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums),
                                _mm256_set1_ps(weights.of.minimum * activations.scale), minima);
        }
        [[nodiscard]] float total() const {
            return _mm512_reduce_add_ps(_mm512_sub_ps(products, _mm512_zextps256_ps512(minima)));
        }

    private:
        template <int group>
        [[gnu::always_inline]] static __m512i addGroup(__m512i sum, const Weights& weights,
                                                       const Activations& activations,
                                                       __m512i scales) {
            const __m512i pairs =
                _mm512_maddubs_epi16(weights.q[group], load512(activations.quants + 64 * group));
            return _mm512_dpwssd_epi32(sum, pairs, spreadWords<group>(scales));
        }
    };

private:
    /// Words 8 i … 8 i + 7 become element 4 · group + i.
    template <int group>
    [[gnu::always_inline]] static __m512i spreadWords(__m512i of16) {
        constexpr long long one = 0x0001000100010001LL;
        constexpr long long b = 4 * group * one;
        const __m512i words = _mm512_setr_epi64(b, b, b + one, b + one, b + 2 * one, b + 2 * one,
                                                b + 3 * one, b + 3 * one);
        return _mm512_permutexvar_epi16(words, of16);
    }
};

/// What few rows of activations are rounded to.
template <typename Block, Precision precision>
auto fewForm() {
    if constexpr (precision == Precision::Fine)
        return FloatForm<Block, FineChunk>{};
    else if constexpr (kHasIntegerScales<Block>)
        return IntegerForm<Block>{};
    else
        return FloatForm<Block, ByteChunk>{};
}
template <typename Block, Precision precision>
using FewForm = decltype(fewForm<Block, precision>());

/// Rows [nBegin, nEnd) of weights times `columns` rows of activations.
template <typename Block, typename Form, int columns>
void multiplyFew(const MatrixView& weights, const typename Form::Activations* activations,
                 int64_t nBegin, int64_t nEnd, float* out, int64_t outStride) {
    const int64_t chunks = chunksOf(weights.columns);
    const int64_t rowBytes = rowBytesOf<Block>(weights.columns);
    for (int64_t n = nBegin; n < nEnd; ++n) {
        const ChunkReader<Block> reader(weights.data + n * rowBytes, weights.columns);
        typename Form::Sums sums[columns];
        reader.forEach([&](const Block* blocks, int64_t c) __attribute__((always_inline)) {
            const typename Form::Weights loaded(blocks);
#pragma GCC unroll 4
            for (int column = 0; column < columns; ++column)
                sums[column].add(loaded, activations[column * chunks + c]);
        });
        for (int column = 0; column < columns; ++column)
            out[column * outStride + n] = sums[column].total();
    }
}

}  // namespace
}  // namespace alcove::engine::avx512
