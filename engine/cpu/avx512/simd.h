// AVX-512 (F, BW, DQ, VL): sixteen floats a register. See generic/simd.h for the meanings.
#pragma once

#include <immintrin.h>

#include "engine/cpu/avx512/transpose.h"
#include "engine/cpu/generic/simd.h"

namespace alcove::engine {
namespace {

struct Avx512 {
    using F = __m512;
    static constexpr int64_t kLanes = 16;
    static constexpr int64_t kTileRows = 12;  // 24 of 32 registers accumulate
    static constexpr int64_t kTileVectors = 2;
    static constexpr int kNearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

    static F load(const float* p) { return _mm512_loadu_ps(p); }
    static void store(float* p, F a) { _mm512_storeu_ps(p, a); }
    static F set(float a) { return _mm512_set1_ps(a); }
    static F add(F a, F b) { return _mm512_add_ps(a, b); }
    static F sub(F a, F b) { return _mm512_sub_ps(a, b); }
    static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
    static F div(F a, F b) { return _mm512_div_ps(a, b); }
    static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
    static F fnma(F a, F b, F c) { return _mm512_fnmadd_ps(a, b, c); }
    static F max(F a, F b) { return _mm512_max_ps(a, b); }
    static F min(F a, F b) { return _mm512_min_ps(a, b); }
    static F abs(F a) { return _mm512_abs_ps(a); }
    static F withSign(F a, F b) { return _mm512_or_ps(a, _mm512_and_ps(_mm512_set1_ps(-0.0f), b)); }
    static F round(F a) { return _mm512_roundscale_ps(a, kNearest); }
    static F pow2(F a) {
        const __m512i biased = _mm512_add_epi32(_mm512_cvtps_epi32(a), _mm512_set1_epi32(127));
        return _mm512_castsi512_ps(_mm512_slli_epi32(biased, 23));
    }
    static F ifLess(F a, F b, F c, F d) {
        return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), d, c);
    }
    static float sum(F a) { return _mm512_reduce_add_ps(a); }
    static float highest(F a) { return _mm512_reduce_max_ps(a); }

    static F loadHalf(const void* p) {
        return _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(p)));
    }
    static void storeHalf(void* p, F a) {
        _mm256_storeu_si256(static_cast<__m256i*>(p), _mm512_cvtps_ph(a, kNearest));
    }
    static F loadBfloat(const void* p) {
        const __m256i halves = _mm256_loadu_si256(static_cast<const __m256i*>(p));
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
    }
    static F loadInt8(const void* p) {
        const __m128i bytes = _mm_loadu_si128(static_cast<const __m128i*>(p));
        return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
    }
    static void storeInt8(void* p, F a) {
        _mm_storeu_si128(static_cast<__m128i*>(p), _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(a)));
    }
    static float halfToFloat(uint16_t half) { return _cvtsh_ss(half); }
    static uint16_t floatToHalf(float value) {
        return static_cast<uint16_t>(_cvtss_sh(value, kNearest));
    }

    static void transpose(F* r) {
        __m512i rows[16];
        for (int i = 0; i < 16; ++i) rows[i] = _mm512_castps_si512(r[i]);
        avx512::transpose16(rows);
        for (int i = 0; i < 16; ++i) r[i] = _mm512_castsi512_ps(rows[i]);
    }
};

}  // namespace
}  // namespace alcove::engine
