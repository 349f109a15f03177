// Groups of 32 packed weights to integers in a register.
//
// All types look the same from outside: a row is a sequence of chunks of 256 weights, a chunk has
// eight groups of 32 (fewer at the end of a row of blocks of 32). Two families:
//   Unsigned: value = scale · quant + offset with quants of four or five bits, for products of
//             unsigned with signed bytes.
//   Signed:   value = scale · weight with 16-bit weights that contain the integer scale of their
//             16 or 32 neighbours, so that Q6_K needs no offset and no scale within a group.
// Types with a scale for every 16 weights have a third form for few rows, Sixteens: value = scale ·
// (quant − kZero); those whose scales are integers a fourth.
#pragma once

#include <immintrin.h>
#include <stddef.h>

#include "engine/cpu/avx2/simd.h"
#include "engine/cpu/generic/unpack.h"
#include "engine/cpu/kernels.h"

namespace alcove::engine {
namespace {

constexpr int kGroups = 8;      // of a chunk
constexpr int kGroupSize = 32;  // weights
constexpr int kChunk = kGroups * kGroupSize;

/// Of the eight groups of a chunk; zero for groups that are not there.
struct ScaleOffsets {
    __m256 scale;
    __m256 offset;
};

/// 32 weights as words in two registers.
struct Words {
    __m256i left;
    __m256i right;
};

ALCOVE_INLINE __m256i load256(const void* p) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}
ALCOVE_INLINE __m256i sumPairs(__m256i words) {
    return _mm256_madd_epi16(words, _mm256_set1_epi16(1));
}
ALCOVE_INLINE __m128i load128(const void* p) {
    return _mm_loadu_si128(static_cast<const __m128i*>(p));
}

/// The halves at the start of `count` things `stride` bytes apart.
ALCOVE_INLINE __m256 gatherHalves(const void* first, size_t stride, int count) {
    const auto* from = static_cast<const char*>(first);
    auto half = [&](int g) {
        uint16_t bits = 0;
        if (g < count) memcpy(&bits, from + static_cast<size_t>(g) * stride, sizeof bits);
        return static_cast<short>(bits);
    };
    return _mm256_cvtph_ps(
        _mm_setr_epi16(half(0), half(1), half(2), half(3), half(4), half(5), half(6), half(7)));
}

/// 16 bytes to their low nibbles, then their high ones.
ALCOVE_INLINE __m256i nibbles(const uint8_t* q) {
    const __m128i bytes = load128(q);
    const __m256i both = _mm256_set_m128i(_mm_srli_epi16(bytes, 4), bytes);
    return _mm256_and_si256(both, _mm256_set1_epi8(15));
}

/// A byte of 16 for each set bit of 32, else 0.
ALCOVE_INLINE __m256i fifthBits(const uint8_t* high) {
    uint32_t word;
    memcpy(&word, high, sizeof word);
    const __m256i order = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,  //
                                           2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(word)), order);
    const __m256i bit = _mm256_set1_epi64x(static_cast<int64_t>(0x8040201008040201ull));
    const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit);
    return _mm256_and_si256(set, _mm256_set1_epi8(16));
}

/// 32 bytes shifted right by `shift` (0…7), masked.
ALCOVE_INLINE __m256i bitsAt(const uint8_t* q, int shift, int8_t mask) {
    return _mm256_and_si256(_mm256_srli_epi16(load256(q), shift),
                            _mm256_set1_epi8(static_cast<char>(mask)));
}

// ---- unsigned

template <typename Block>
struct PackedUnsigned;

template <>
struct PackedUnsigned<BlockQ4_0> {
    static constexpr bool kFourBits = true;
    static ALCOVE_INLINE __m256i quants(const BlockQ4_0* chunk, int g) {
        return nibbles(chunk[g].q);
    }
    static ALCOVE_INLINE ScaleOffsets scales(const BlockQ4_0* chunk, int groups) {
        const __m256 d = gatherHalves(chunk, sizeof *chunk, groups);
        return {d, _mm256_mul_ps(d, _mm256_set1_ps(-8.0f))};
    }
};

template <>
struct PackedUnsigned<BlockQ4_1> {
    static constexpr bool kFourBits = true;
    static ALCOVE_INLINE __m256i quants(const BlockQ4_1* chunk, int g) {
        return nibbles(chunk[g].q);
    }
    static ALCOVE_INLINE ScaleOffsets scales(const BlockQ4_1* chunk, int groups) {
        return {gatherHalves(chunk, sizeof *chunk, groups),
                gatherHalves(&chunk->m, sizeof *chunk, groups)};
    }
};

template <>
struct PackedUnsigned<BlockQ5_0> {
    static constexpr bool kFourBits = false;
    static ALCOVE_INLINE __m256i quants(const BlockQ5_0* chunk, int g) {
        return _mm256_or_si256(nibbles(chunk[g].q), fifthBits(chunk[g].high));
    }
    static ALCOVE_INLINE ScaleOffsets scales(const BlockQ5_0* chunk, int groups) {
        const __m256 d = gatherHalves(chunk, sizeof *chunk, groups);
        return {d, _mm256_mul_ps(d, _mm256_set1_ps(-16.0f))};
    }
};

template <>
struct PackedUnsigned<BlockQ5_1> {
    static constexpr bool kFourBits = false;
    static ALCOVE_INLINE __m256i quants(const BlockQ5_1* chunk, int g) {
        return _mm256_or_si256(nibbles(chunk[g].q), fifthBits(chunk[g].high));
    }
    static ALCOVE_INLINE ScaleOffsets scales(const BlockQ5_1* chunk, int groups) {
        return {gatherHalves(chunk, sizeof *chunk, groups),
                gatherHalves(&chunk->m, sizeof *chunk, groups)};
    }
};

template <typename Block>
ALCOVE_INLINE ScaleOffsets scalesAndMins(const Block* chunk) {
    alignas(16) uint8_t numbers[16];
    unpackSixBits(chunk->scales, numbers);
    const __m128i bytes = load128(numbers);
    const __m256 scales = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
    const __m256 mins = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8)));
    return {_mm256_mul_ps(scales, _mm256_set1_ps(_cvtsh_ss(chunk->d))),
            _mm256_mul_ps(mins, _mm256_set1_ps(-_cvtsh_ss(chunk->dmin)))};
}

template <>
struct PackedUnsigned<BlockQ4_K> {
    static constexpr bool kFourBits = true;
    static ALCOVE_INLINE __m256i quants(const BlockQ4_K* chunk, int g) {
        return bitsAt(chunk->q + 32 * (g / 2), 4 * (g % 2), 15);
    }
    static ALCOVE_INLINE ScaleOffsets scales(const BlockQ4_K* chunk, int) {
        return scalesAndMins(chunk);
    }
};

template <>
struct PackedUnsigned<BlockQ5_K> {
    static constexpr bool kFourBits = false;
    static ALCOVE_INLINE __m256i quants(const BlockQ5_K* chunk, int g) {
        const __m256i low = bitsAt(chunk->q + 32 * (g / 2), 4 * (g % 2), 15);
        const __m256i high = bitsAt(chunk->high, g, 1);
        return _mm256_or_si256(low, _mm256_slli_epi16(high, 4));
    }
    static ALCOVE_INLINE ScaleOffsets scales(const BlockQ5_K* chunk, int) {
        return scalesAndMins(chunk);
    }
};

/// Unsigned bytes fall apart most cheaply into those at even places and those at odd ones.
ALCOVE_INLINE Words split(__m256i bytes) {
    return {_mm256_and_si256(bytes, _mm256_set1_epi16(0xff)), _mm256_srli_epi16(bytes, 8)};
}

// ---- sixteens

template <typename Block>
struct PackedSixteens {};

template <>
struct PackedSixteens<BlockQ6_K> {
    static constexpr float kZero = 32;
    static ALCOVE_INLINE __m256i quants(const BlockQ6_K* chunk, int g) {
        const int part = g % 4;
        const __m256i low = bitsAt(chunk->q + 64 * (g / 4) + 32 * (part % 2), 4 * (part / 2), 15);
        const __m256i bits = load256(chunk->high + 32 * (g / 4));
        const __m256i moved = part < 2 ? _mm256_slli_epi16(bits, 4 - 2 * part)
                                       : _mm256_srli_epi16(bits, 2 * part - 4);
        return _mm256_or_si256(low, _mm256_and_si256(moved, _mm256_set1_epi8(0x30)));
    }
    static ALCOVE_INLINE __m128i scales(const BlockQ6_K* chunk) { return load128(chunk->scales); }
};

template <>
struct PackedSixteens<BlockQ3_K> {
    static constexpr float kZero = 4;
    static ALCOVE_INLINE __m256i quants(const BlockQ3_K* chunk, int g) {
        const __m256i low = bitsAt(chunk->q + 32 * (g / 4), 2 * (g % 4), 3);
        const __m256i high = _mm256_slli_epi16(bitsAt(chunk->high, g, 1), 2);
        return _mm256_or_si256(low, high);
    }
    static ALCOVE_INLINE __m128i scales(const BlockQ3_K* chunk) {
        alignas(16) int8_t numbers[16];
        for (int g = 0; g < 16; ++g) numbers[g] = static_cast<int8_t>(q3Scale(chunk->scales, g));
        return load128(numbers);
    }
};

// ---- integer scales

/// Scales and minima beneath one number each, as words. The words of the lower half of a register
/// belong to the first 16 weights of the eight groups, those of the upper half to the second.
struct IntegerScales {
    __m256i scales;
    __m256i minima;
    float scale;
    float minimum;
};

template <typename Block>
constexpr bool kIsSixteens = requires { PackedSixteens<Block>::kZero; };

/// Types whose few rows meet activations in steps: integer scales, and quants of which two products
/// are a word.
template <typename Block>
constexpr bool kTakesSteps = kIsSixteens<Block>;
template <>
constexpr bool kTakesSteps<BlockQ4_K> = true;
template <>
constexpr bool kTakesSteps<BlockQ5_K> = true;

template <typename Block>
ALCOVE_INLINE IntegerScales integerScales(const Block* chunk) {
    if constexpr (kIsSixteens<Block>) {
        const __m128i halves = _mm_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15);
        const __m128i bytes = _mm_shuffle_epi8(PackedSixteens<Block>::scales(chunk), halves);
        const __m256i scales = _mm256_cvtepi8_epi16(bytes);
        const float d = _cvtsh_ss(chunk->d);
        return {scales, scales, d, d * PackedSixteens<Block>::kZero};
    } else {
        alignas(16) uint8_t numbers[16];
        unpackSixBits(chunk->scales, numbers);
        const __m256i words = _mm256_cvtepu8_epi16(load128(numbers));
        return {_mm256_permute2x128_si256(words, words, 0x00),
                _mm256_permute2x128_si256(words, words, 0x11), _cvtsh_ss(chunk->d),
                _cvtsh_ss(chunk->dmin)};
    }
}

/// Unsigned bytes of group g, with a zero of PackedSixteens' where the type has one.
template <typename Block>
ALCOVE_INLINE __m256i unsignedQuants(const Block* chunk, int g) {
    if constexpr (kIsSixteens<Block>)
        return PackedSixteens<Block>::quants(chunk, g);
    else
        return PackedUnsigned<Block>::quants(chunk, g);
}

// ---- signed

/// Signed bytes in their order.
ALCOVE_INLINE Words widen(__m256i bytes) {
    return {_mm256_cvtepi8_epi16(_mm256_castsi256_si128(bytes)),
            _mm256_cvtepi8_epi16(_mm256_extracti128_si256(bytes, 1))};
}

ALCOVE_INLINE Words widen(__m256i bytes, int lowScale, int highScale) {
    const Words plain = widen(bytes);
    return {_mm256_mullo_epi16(plain.left, _mm256_set1_epi16(static_cast<short>(lowScale))),
            _mm256_mullo_epi16(plain.right, _mm256_set1_epi16(static_cast<short>(highScale)))};
}

ALCOVE_INLINE __m256i codes(const uint8_t* q, const int8_t* codebook) {
    const __m256i table = _mm256_broadcastsi128_si256(load128(codebook));
    return _mm256_shuffle_epi8(table, nibbles(q));
}

template <typename Block>
struct PackedSigned;

template <>
struct PackedSigned<BlockQ8_0> {
    static ALCOVE_INLINE Words weights(const BlockQ8_0* chunk, int g) {
        return widen(load256(chunk[g].q));
    }
    static ALCOVE_INLINE __m256 scales(const BlockQ8_0* chunk, int groups) {
        return gatherHalves(chunk, sizeof *chunk, groups);
    }
};

template <>
struct PackedSigned<BlockIQ4_NL> {
    static ALCOVE_INLINE Words weights(const BlockIQ4_NL* chunk, int g) {
        return widen(codes(chunk[g].q, kIq4Codebook));
    }
    static ALCOVE_INLINE __m256 scales(const BlockIQ4_NL* chunk, int groups) {
        return gatherHalves(chunk, sizeof *chunk, groups);
    }
};

template <>
struct PackedSigned<BlockMXFP4> {
    static ALCOVE_INLINE Words weights(const BlockMXFP4* chunk, int g) {
        return widen(codes(chunk[g].q, kMxfp4Codebook));
    }
    static ALCOVE_INLINE __m256 scales(const BlockMXFP4* chunk, int groups) {
        alignas(32) float scale[kGroups] = {};
        for (int g = 0; g < groups; ++g) scale[g] = mxfp4Factor(chunk[g].e);
        return _mm256_load_ps(scale);
    }
};

template <>
struct PackedSigned<BlockIQ4_XS> {
    static ALCOVE_INLINE Words weights(const BlockIQ4_XS* chunk, int g) {
        const int scale = iq4Scale(*chunk, g);
        return widen(codes(chunk->q + 16 * g, kIq4Codebook), scale, scale);
    }
    static ALCOVE_INLINE __m256 scales(const BlockIQ4_XS* chunk, int) {
        return _mm256_set1_ps(_cvtsh_ss(chunk->d));
    }
};

template <>
struct PackedSigned<BlockQ6_K> {
    static ALCOVE_INLINE Words weights(const BlockQ6_K* chunk, int g) {
        const __m256i quants = PackedSixteens<BlockQ6_K>::quants(chunk, g);
        return widen(_mm256_sub_epi8(quants, _mm256_set1_epi8(32)), chunk->scales[2 * g],
                     chunk->scales[2 * g + 1]);
    }
    static ALCOVE_INLINE __m256 scales(const BlockQ6_K* chunk, int) {
        return _mm256_set1_ps(_cvtsh_ss(chunk->d));
    }
};

template <>
struct PackedSigned<BlockQ3_K> {
    static ALCOVE_INLINE Words weights(const BlockQ3_K* chunk, int g) {
        const __m256i quants = PackedSixteens<BlockQ3_K>::quants(chunk, g);
        return widen(_mm256_sub_epi8(quants, _mm256_set1_epi8(4)), q3Scale(chunk->scales, 2 * g),
                     q3Scale(chunk->scales, 2 * g + 1));
    }
    static ALCOVE_INLINE __m256 scales(const BlockQ3_K* chunk, int) {
        return _mm256_set1_ps(_cvtsh_ss(chunk->d));
    }
};

/// Chunks of a row start at blocks this far apart.
template <typename Block>
constexpr int64_t kBlocksPerChunk = kChunk / BlockShape<Block>::kValues;

template <typename Block>
const Block* rowOf(const MatrixView& weights, int64_t n) {
    const int64_t blocks = weights.columns / BlockShape<Block>::kValues;
    return reinterpret_cast<const Block*>(weights.data) + n * blocks;
}

inline int64_t chunksOf(int64_t k) { return (k + kChunk - 1) / kChunk; }

/// Groups that chunk c of a row of k weights has.
inline int groupsOf(int64_t k, int64_t c) {
    return static_cast<int>(least<int64_t>(kGroups, k / kGroupSize - c * kGroups));
}

}  // namespace
}  // namespace alcove::engine
