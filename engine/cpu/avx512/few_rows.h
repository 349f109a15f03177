// Products with few rows of activations (decoding): the weights stream from memory once, a row of
// them after the other, and all that is done with a chunk stays in registers.
//
// Of every 64 weights the upper bytes of the activations are multiplied first, moved up by seven
// bits, and the lower bytes' products join them; the four sums of four then become floats and are
// scaled. Nothing is summed across lanes before the row's end.
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

/// One row of weights times one row of activations. Two sums, so that consecutive additions do not
/// wait for each other.
struct RowSums {
    __m512 even = _mm512_setzero_ps();
    __m512 odd = _mm512_setzero_ps();

    template <int group>
    [[gnu::always_inline]] void addGroup(const Chunk& weights, const FineChunk& activations,
                                         __m512 scale, __m512& sum) {
        const __m512i q = weights.q[group];
        __m512i dot = _mm512_dpbusd_epi32(_mm512_setzero_si512(), q,
                                          load512(activations.parts[0] + 64 * group));
        dot = _mm512_dpbusd_epi32(_mm512_slli_epi32(dot, 7), q,
                                  load512(activations.parts[1] + 64 * group));
        sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot), spread<group>(scale), sum);
    }

    [[gnu::always_inline]] void add(const Chunk& weights, __m512 shift,
                                    const FineChunk& activations) {
        const __m512 scale = _mm512_mul_ps(weights.scale, _mm512_set1_ps(activations.scale));
        addGroup<0>(weights, activations, scale, even);
        addGroup<1>(weights, activations, scale, odd);
        addGroup<2>(weights, activations, scale, even);
        addGroup<3>(weights, activations, scale, odd);
        odd = _mm512_fmadd_ps(shift, _mm512_load_ps(activations.sum), odd);
    }
    [[nodiscard]] float total() const { return _mm512_reduce_add_ps(_mm512_add_ps(even, odd)); }
};

/// Rows [nBegin, nEnd) of weights times `columns` rows of activations.
template <typename Block, int columns>
void multiplyFew(const MatrixView& weights, const FineChunk* activations, int64_t nBegin,
                 int64_t nEnd, float* out, int64_t outStride) {
    const int64_t chunks = chunksOf(weights.columns);
    const int64_t rowBytes = rowBytesOf<Block>(weights.columns);
    for (int64_t n = nBegin; n < nEnd; ++n) {
        const ChunkReader<Block> reader(weights.data + n * rowBytes, weights.columns);
        RowSums sums[columns];
        const auto take = [&](const Chunk& chunk, int64_t c) __attribute__((always_inline)) {
            const __m512 shift = shiftOf<Block>(chunk);
#pragma GCC unroll 4
            for (int column = 0; column < columns; ++column)
                sums[column].add(chunk, shift, activations[column * chunks + c]);
        };
        Chunk chunk;
        for (int64_t c = 0; c < reader.whole(); ++c) {
            reader.load(c, chunk);
            take(chunk, c);
        }
        if (reader.whole() < chunks) {
            reader.loadRest(chunk);
            take(chunk, chunks - 1);
        }
        for (int column = 0; column < columns; ++column)
            out[column * outStride + n] = sums[column].total();
    }
}

}  // namespace
}  // namespace alcove::engine::avx512
