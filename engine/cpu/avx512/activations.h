// Activations rounded to integers, 256 of a row at a time, as the products of bytes read them.
//
// In a byte (ByteChunk, with a scale for each 32) they cost one VPDPBUSD for 64 weights, in fifteen
// bits (FineChunk), as two bytes that are multiplied one after the other, they cost two, and their
// rounding is far below that of the weights. Bytes with small integers beneath one scale
// (StepChunk) let integer scales of the weights act before anything becomes a float.
#pragma once

#include <immintrin.h>

#include <bit>

#include "engine/cpu/avx512/chunks.h"
#include "engine/cpu/generic/rounding.h"

namespace alcove::engine::avx512 {
namespace {

/// value = scale[i / 16] · parts[0][i]
struct alignas(64) ByteChunk {
    static constexpr int kParts = 1;
    int8_t parts[1][kChunk];
    float scale[16];  // of 32 values, each twice
    float sum[16];    // scale · Σ of 16 values

    [[nodiscard]] float scaleAt(int64_t group) const { return scale[group]; }
    [[nodiscard]] __m512 scales() const { return _mm512_load_ps(scale); }
};

/// value = scale · (128 · parts[0][i] + parts[1][i])
struct alignas(64) FineChunk {
    static constexpr int kParts = 2;
    int8_t parts[2][kChunk];
    float sum[16];  // scale · Σ of 16 values
    float scale;

    [[nodiscard]] float scaleAt(int64_t) const { return scale; }
    [[nodiscard]] __m512 scales() const { return _mm512_set1_ps(scale); }
};

/// value = scale · steps[i / 16] · quants[i]
struct alignas(64) StepChunk {
    int8_t quants[kChunk];
    int16_t steps[16];
    int16_t sum[16];  // steps · Σ of 16 quants
    float scale;
};

constexpr int64_t chunksOf(int64_t k) { return (k + kChunk - 1) / kChunk; }

/// 16 floats from `from`, zeros where fewer than 16 are left.
inline __m512 load16(const float* from, int64_t left) {
    if (left >= 16) return _mm512_loadu_ps(from);
    if (left <= 0) return _mm512_setzero_ps();
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << left) - 1u), from);
}

/// The magnitudes' bits, whose order as integers is that of the numbers, with NaN above all: a
/// value that is no number becomes the scale of its block and so shows in every product.
inline __m512i magnitudes(__m512 a) { return _mm512_castps_si512(_mm512_abs_ps(a)); }
inline float greatest(__m512i magnitudes) {
    return std::bit_cast<float>(_mm512_reduce_max_epi32(magnitudes));
}

inline void storeBytes(int8_t* to, __m512i whole) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtsepi32_epi8(whole));
}

/// 256 values from `from`, of which `left` exist.
inline void roundChunk(const float* from, int64_t left, ByteChunk& out) {
    for (int i = 0; i < 16; i += 2) {
        const __m512 a = load16(from + 16 * i, left - 16 * i);
        const __m512 b = load16(from + 16 * i + 16, left - 16 * i - 16);
        const Rounding rounding(greatest(_mm512_max_epi32(magnitudes(a), magnitudes(b))), 127.0f);
        const __m512 inverse = _mm512_set1_ps(rounding.inverse);
        const __m512i wholeA = _mm512_cvtps_epi32(_mm512_mul_ps(a, inverse));
        const __m512i wholeB = _mm512_cvtps_epi32(_mm512_mul_ps(b, inverse));
        storeBytes(out.parts[0] + 16 * i, wholeA);
        storeBytes(out.parts[0] + 16 * i + 16, wholeB);
        out.scale[i] = out.scale[i + 1] = rounding.scale;
        out.sum[i] = rounding.scale * static_cast<float>(_mm512_reduce_add_epi32(wholeA));
        out.sum[i + 1] = rounding.scale * static_cast<float>(_mm512_reduce_add_epi32(wholeB));
    }
}

inline void roundChunk(const float* from, int64_t left, StepChunk& out) {
    __m512 values[16];
    float tops[16];
    float top = 0.0f;
    for (int i = 0; i < 16; ++i) {
        values[i] = load16(from + 16 * i, left - 16 * i);
        tops[i] = greatest(magnitudes(values[i]));
        top = top < tops[i] || tops[i] != tops[i] ? tops[i] : top;
    }
    const Rounding rounding(top, 127.0f * kMostSteps);
    out.scale = rounding.scale;
    for (int i = 0; i < 16; ++i) {
        const float steps = stepsFor(tops[i], top);
        const __m512 inverse = _mm512_set1_ps(rounding.inverse / steps);
        const __m512i whole = _mm512_cvtps_epi32(_mm512_mul_ps(values[i], inverse));
        storeBytes(out.quants + 16 * i, whole);
        out.steps[i] = static_cast<int16_t>(steps);
        out.sum[i] = static_cast<int16_t>(out.steps[i] * _mm512_reduce_add_epi32(whole));
    }
}

inline void roundChunk(const float* from, int64_t left, FineChunk& out) {
    __m512 values[16];
    __m512i largest = _mm512_setzero_si512();
    for (int i = 0; i < 16; ++i) {
        values[i] = load16(from + 16 * i, left - 16 * i);
        largest = _mm512_max_epi32(largest, magnitudes(values[i]));
    }
    const Rounding rounding(greatest(largest), 127.0f * 128.0f);
    const __m512 inverse = _mm512_set1_ps(rounding.inverse);
    out.scale = rounding.scale;
    for (int i = 0; i < 16; ++i) {
        const __m512i whole = _mm512_cvtps_epi32(_mm512_mul_ps(values[i], inverse));
        // The nearest multiple of 128, so that what is left over is a signed byte too.
        const __m512i high = _mm512_srai_epi32(_mm512_add_epi32(whole, _mm512_set1_epi32(64)), 7);
        storeBytes(out.parts[0] + 16 * i, high);
        storeBytes(out.parts[1] + 16 * i, _mm512_sub_epi32(whole, _mm512_slli_epi32(high, 7)));
        out.sum[i] = rounding.scale * static_cast<float>(_mm512_reduce_add_epi32(whole));
    }
}

/// Rows [mBegin, mEnd) of `in`; chunk c of row i becomes number i · chunksOf(k) + c.
template <typename Activations>
void roundRows(const float* in, int64_t inStride, int64_t k, int64_t mBegin, int64_t mEnd,
               std::byte* prepared) {
    const int64_t chunks = chunksOf(k);
    auto* out = reinterpret_cast<Activations*>(prepared);
    for (int64_t row = mBegin; row < mEnd; ++row)
        for (int64_t c = 0; c < chunks; ++c)
            roundChunk(in + row * inStride + c * kChunk, k - c * kChunk, out[row * chunks + c]);
}

}  // namespace
}  // namespace alcove::engine::avx512
