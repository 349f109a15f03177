// 16 × 16 dwords turned over, in registers.
#pragma once

#include <immintrin.h>

namespace alcove::engine::avx512 {
namespace {

/// rows[i] lane j becomes rows[j] lane i.
inline void transpose16(__m512i* rows) {
    __m512i pairs[16];
    for (int i = 0; i < 16; i += 2) {
        pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    }
    // quads[4 q + c]: column c of each 128-bit lane, rows 4 q … 4 q + 3.
    __m512i quads[16];
    for (int i = 0; i < 16; i += 4) {
        quads[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
        quads[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
        quads[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
        quads[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
    }
    for (int c = 0; c < 4; ++c) {
        const __m512i low = _mm512_shuffle_i32x4(quads[c], quads[4 + c], 0x88);
        const __m512i lowOdd = _mm512_shuffle_i32x4(quads[c], quads[4 + c], 0xdd);
        const __m512i high = _mm512_shuffle_i32x4(quads[8 + c], quads[12 + c], 0x88);
        const __m512i highOdd = _mm512_shuffle_i32x4(quads[8 + c], quads[12 + c], 0xdd);
        rows[c] = _mm512_shuffle_i32x4(low, high, 0x88);
        rows[4 + c] = _mm512_shuffle_i32x4(lowOdd, highOdd, 0x88);
        rows[8 + c] = _mm512_shuffle_i32x4(low, high, 0xdd);
        rows[12 + c] = _mm512_shuffle_i32x4(lowOdd, highOdd, 0xdd);
    }
}

}  // namespace
}  // namespace alcove::engine::avx512
