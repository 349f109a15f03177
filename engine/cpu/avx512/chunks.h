// Weights of every quantised type in one shape: a chunk of 256 values of a row.
//
// A chunk holds bytes u, one scale and one offset for each 16 values, and stands for
//     value[i] = scale[i / 16] · (u[i] − kBias) + offset[i / 16].
// The bytes are unsigned because VPDPBUSD wants one operand so; types with signed quants carry a
// constant bias. Types with blocks of 32 make a chunk of eight blocks, and their scales appear
// twice. Everything after loading (dot products, panels, floats, bf16) is then the same for all
// types, and a new type is one Loader.
//
// load() reads whole chunks only. The end of a row that is no multiple of 256 goes through a
// zeroed copy (see ChunkReader), so nothing is read past the row.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "engine/cpu/generic/unpack.h"

namespace alcove::engine::avx512 {
namespace {

inline constexpr int64_t kChunk = 256;

struct Chunk {
    __m512i q[4];   // 64 values each, in order
    __m512 scale;   // [16]
    __m512 offset;  // [16]; unset where the loader has no offsets
};

/// Of types whose scales are integers beneath one number: the same shape before it becomes floats,
/// value[i] = scale · scales[i / 16] · u[i] − minimum · minima[i / 16].
struct IntegerScales {
    __m256i scales;  // 16 words
    __m256i minima;
    float scale;
    float minimum;
};

template <typename T>
inline T loadAs(const void* from) {
    T value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

inline __m512i load512(const void* from) { return _mm512_loadu_si512(from); }
inline __m256i load256(const void* from) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

/// Low nibbles of 16 bytes, then their high nibbles, for two runs of 16 bytes.
inline __m512i nibbles16(__m256i pair) {
    const __m512i lanes = _mm512_setr_epi64(0, 1, 0, 1, 2, 3, 2, 3);
    const __m512i shifts = _mm512_setr_epi64(0, 0, 0x0004000400040004, 0x0004000400040004, 0, 0,
                                             0x0004000400040004, 0x0004000400040004);
    const __m512i twice = _mm512_permutexvar_epi64(lanes, _mm512_castsi256_si512(pair));
    return _mm512_and_si512(_mm512_srlv_epi16(twice, shifts), _mm512_set1_epi8(15));
}

/// 32 bytes twice, the first time shifted right by `low` bits, the second by `high`; then masked.
template <int low, int high, int mask>
inline __m512i fields32(__m512i twice) {
    constexpr long long first = low * 0x0001000100010001LL;
    constexpr long long second = high * 0x0001000100010001LL;
    const __m512i shifts =
        _mm512_setr_epi64(first, first, first, first, second, second, second, second);
    return _mm512_and_si512(_mm512_srlv_epi16(twice, shifts), _mm512_set1_epi8(mask));
}

inline __m512i twice32(const uint8_t* bytes) { return _mm512_broadcast_i64x4(load256(bytes)); }

/// Adds `value` to the bytes of q whose bit `group` (lower half) or `group + 1` is set in `bits`.
template <int group, int value>
inline __m512i addWhereBit(__m512i q, __m512i bits) {
    constexpr long long first = 0x0101010101010101LL * (1 << group);
    constexpr long long second = static_cast<long long>(0x0101010101010101ULL * (2ULL << group));
    const __m512i wanted =
        _mm512_setr_epi64(first, first, first, first, second, second, second, second);
    return _mm512_mask_add_epi8(q, _mm512_test_epi8_mask(bits, wanted), q, _mm512_set1_epi8(value));
}

/// The first 32 bits of eight blocks, each twice. (Gathers are slow on AMD's processors.)
template <typename Block>
inline __m512i headsTwice(const Block* blocks) {
    const auto four = [](const Block* from) __attribute__((always_inline)) {
        const auto head = [from](int i) { return loadAs<int32_t>(from + i); };
        return _mm_setr_epi32(head(0), head(1), head(2), head(3));
    };
    const __m256i heads = _mm256_set_m128i(four(blocks + 4), four(blocks));
    const __m512i twice = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    return _mm512_permutexvar_epi32(twice, _mm512_castsi256_si512(heads));
}

/// The low halves of 16 dwords as floats.
inline __m512 halvesOf(__m512i dwords) { return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(dwords)); }

inline __m512 half16(uint16_t half) {
    return _mm512_cvtph_ps(_mm256_set1_epi16(static_cast<short>(half)));
}

inline __m512 floatsOf(__m128i unsignedBytes) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(unsignedBytes));
}

/// Eight bytes, each twice.
inline __m128i bytesTwice(uint64_t bytes) {
    const __m128i once = _mm_cvtsi64_si128(static_cast<long long>(bytes));
    return _mm_unpacklo_epi8(once, once);
}

/// Two blocks of 32 four-bit values: their packed bytes side by side.
template <typename Block>
inline __m256i packedPair(const Block* blocks) {
    const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks[0].q));
    const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks[1].q));
    return _mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1);
}

/// Of each 16 values, in bytes: the integer scales that types have beneath one number, with minima
/// or, where there is a bias, alone and signed.
struct ScalesMinima {
    __m128i scales;
    __m128i minima;
};

inline ScalesMinima scaleBytes(const BlockQ2_K* block) {
    const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block->scales));
    const __m128i nibble = _mm_set1_epi8(15);
    return {_mm_and_si128(packed, nibble), _mm_and_si128(_mm_srli_epi16(packed, 4), nibble)};
}

/// Sixteen six-bit scales at once, as scaleQ3() reads one.
inline __m128i scaleBytes(const BlockQ3_K* block) {
    const auto low = loadAs<uint64_t>(block->scales);
    const uint64_t top = loadAs<uint32_t>(block->scales + 8);
    constexpr uint64_t kLow = 0x0f0f0f0f0f0f0f0f;
    constexpr uint64_t kTwo = 0x03030303;
    const uint64_t first = (low & kLow) | (top & kTwo) << 4 | (top >> 2 & kTwo) << 36;
    const uint64_t second = (low >> 4 & kLow) | (top >> 4 & kTwo) << 4 | (top >> 6 & kTwo) << 36;
    const __m128i bytes =
        _mm_set_epi64x(static_cast<long long>(second), static_cast<long long>(first));
    return _mm_sub_epi8(bytes, _mm_set1_epi8(32));
}

/// All of scaleMinK() at once.
inline ScalesMinima scaleBytes(const uint8_t* packed) {
    const auto a = loadAs<uint32_t>(packed);
    const auto b = loadAs<uint32_t>(packed + 4);
    const auto c = loadAs<uint32_t>(packed + 8);
    constexpr uint32_t kSix = 0x3f3f3f3f;
    constexpr uint32_t kFour = 0x0f0f0f0f;
    constexpr uint32_t kTwo = 0x03030303;
    const uint64_t scales = (a & kSix) | uint64_t{(c & kFour) | (a >> 6 & kTwo) << 4} << 32;
    const uint64_t mins = (b & kSix) | uint64_t{(c >> 4 & kFour) | (b >> 6 & kTwo) << 4} << 32;
    return {bytesTwice(scales), bytesTwice(mins)};
}
inline ScalesMinima scaleBytes(const BlockQ4_K* block) { return scaleBytes(block->scales); }
inline ScalesMinima scaleBytes(const BlockQ5_K* block) { return scaleBytes(block->scales); }

inline __m128i scaleBytes(const BlockQ6_K* block) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(block->scales));
}

inline void loadScales(const auto* block, Chunk& out) {
    const auto bytes = scaleBytes(block);
    if constexpr (std::is_same_v<decltype(bytes), const ScalesMinima>) {
        out.scale = _mm512_mul_ps(half16(block->d), floatsOf(bytes.scales));
        const __m512 minima = _mm512_mul_ps(half16(block->dmin), floatsOf(bytes.minima));
        out.offset = _mm512_sub_ps(_mm512_setzero_ps(), minima);
    } else {
        const __m512 scales = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
        out.scale = _mm512_mul_ps(half16(block->d), scales);
    }
}

/// Block as in engine/quant/blocks.h; see the top of this file for the constants.
template <typename Block>
struct Loader;

template <typename Block>
inline IntegerScales integerScales(const Block* block) {
    const auto bytes = scaleBytes(block);
    const float d = _cvtsh_ss(block->d);
    if constexpr (std::is_same_v<decltype(bytes), const ScalesMinima>) {
        return {_mm256_cvtepu8_epi16(bytes.scales), _mm256_cvtepu8_epi16(bytes.minima), d,
                _cvtsh_ss(block->dmin)};
    } else {
        const __m256i scales = _mm256_cvtepi8_epi16(bytes);
        return {scales, scales, d, d * static_cast<float>(Loader<Block>::kBias)};
    }
}
template <typename Block>
constexpr bool kHasIntegerScales = requires(const Block* block) { scaleBytes(block); };

template <>
struct Loader<BlockQ4_0> {
    static constexpr int kBlocks = 8;
    static constexpr int kBias = 8;
    static constexpr bool kOffsets = false;
    static constexpr bool kFine = false;  // whether scales differ within 32 values
    [[gnu::always_inline]] static void load(const BlockQ4_0* blocks, Chunk& out) {
        for (int g = 0; g < 4; ++g) out.q[g] = nibbles16(packedPair(blocks + 2 * g));
        out.scale = halvesOf(headsTwice(blocks));
    }
};

template <>
struct Loader<BlockQ4_1> {
    static constexpr int kBlocks = 8;
    static constexpr int kBias = 0;
    static constexpr bool kOffsets = true;
    static constexpr bool kFine = false;
    [[gnu::always_inline]] static void load(const BlockQ4_1* blocks, Chunk& out) {
        for (int g = 0; g < 4; ++g) out.q[g] = nibbles16(packedPair(blocks + 2 * g));
        const __m512i heads = headsTwice(blocks);
        out.scale = halvesOf(heads);
        out.offset = halvesOf(_mm512_srli_epi32(heads, 16));
    }
};

/// The fifth bits of two blocks, added to their low nibbles.
template <typename Block>
inline __m512i fiveBits(const Block* blocks) {
    const uint64_t high =
        loadAs<uint32_t>(blocks[0].high) | uint64_t{loadAs<uint32_t>(blocks[1].high)} << 32;
    const __m512i low = nibbles16(packedPair(blocks));
    return _mm512_mask_add_epi8(low, high, low, _mm512_set1_epi8(16));
}

template <>
struct Loader<BlockQ5_0> {
    static constexpr int kBlocks = 8;
    static constexpr int kBias = 16;
    static constexpr bool kOffsets = false;
    static constexpr bool kFine = false;
    [[gnu::always_inline]] static void load(const BlockQ5_0* blocks, Chunk& out) {
        for (int g = 0; g < 4; ++g) out.q[g] = fiveBits(blocks + 2 * g);
        out.scale = halvesOf(headsTwice(blocks));
    }
};

template <>
struct Loader<BlockQ5_1> {
    static constexpr int kBlocks = 8;
    static constexpr int kBias = 0;
    static constexpr bool kOffsets = true;
    static constexpr bool kFine = false;
    [[gnu::always_inline]] static void load(const BlockQ5_1* blocks, Chunk& out) {
        for (int g = 0; g < 4; ++g) out.q[g] = fiveBits(blocks + 2 * g);
        const __m512i heads = headsTwice(blocks);
        out.scale = halvesOf(heads);
        out.offset = halvesOf(_mm512_srli_epi32(heads, 16));
    }
};

template <>
struct Loader<BlockQ8_0> {
    static constexpr int kBlocks = 8;
    static constexpr int kBias = 128;
    static constexpr bool kOffsets = false;
    static constexpr bool kFine = false;
    [[gnu::always_inline]] static void load(const BlockQ8_0* blocks, Chunk& out) {
        for (int g = 0; g < 4; ++g) {
            const __m512i both = _mm512_inserti64x4(
                _mm512_castsi256_si512(load256(blocks[2 * g].q)), load256(blocks[2 * g + 1].q), 1);
            out.q[g] = _mm512_xor_si512(both, _mm512_set1_epi8(-128));
        }
        out.scale = halvesOf(headsTwice(blocks));
    }
};

template <>
struct Loader<BlockIQ4_NL> {
    static constexpr int kBlocks = 8;
    static constexpr int kBias = 128;
    static constexpr bool kOffsets = false;
    static constexpr bool kFine = false;
    static __m512i look(__m512i nibbles) {
        const __m512i table =
            _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(kIq4Codebook)));
        return _mm512_xor_si512(_mm512_shuffle_epi8(table, nibbles), _mm512_set1_epi8(-128));
    }
    [[gnu::always_inline]] static void load(const BlockIQ4_NL* blocks, Chunk& out) {
        for (int g = 0; g < 4; ++g) out.q[g] = look(nibbles16(packedPair(blocks + 2 * g)));
        out.scale = halvesOf(headsTwice(blocks));
    }
};

template <>
struct Loader<BlockMXFP4> {
    static constexpr int kBlocks = 8;
    static constexpr int kBias = 128;
    static constexpr bool kOffsets = false;
    static constexpr bool kFine = false;
    [[gnu::always_inline]] static void load(const BlockMXFP4* blocks, Chunk& out) {
        const __m512i table = _mm512_broadcast_i32x4(
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(kMxfp4Codebook)));
        for (int g = 0; g < 4; ++g) {
            const __m512i nibbles = nibbles16(packedPair(blocks + 2 * g));
            out.q[g] =
                _mm512_xor_si512(_mm512_shuffle_epi8(table, nibbles), _mm512_set1_epi8(-128));
        }
        // As mxfp4Scale(): the exponent of a float one lower, and the two subnormal numbers.
        const __m512i e = _mm512_and_si512(headsTwice(blocks), _mm512_set1_epi32(255));
        const __m512i normal = _mm512_slli_epi32(_mm512_sub_epi32(e, _mm512_set1_epi32(1)), 23);
        const __m512i tiny = _mm512_sllv_epi32(_mm512_set1_epi32(0x00200000), e);
        const __mmask16 isTiny = _mm512_cmplt_epi32_mask(e, _mm512_set1_epi32(2));
        out.scale = _mm512_castsi512_ps(_mm512_mask_blend_epi32(isTiny, normal, tiny));
    }
};

/// The two-bit fields of 64 bytes (Q2_K, Q3_K), 256 values in order.
inline void twoBits(const uint8_t* packed, __m512i* out) {
    for (int half = 0; half < 2; ++half) {
        const __m512i bytes = twice32(packed + 32 * half);
        out[2 * half] = fields32<0, 2, 3>(bytes);
        out[2 * half + 1] = fields32<4, 6, 3>(bytes);
    }
}

template <>
struct Loader<BlockQ2_K> {
    static constexpr int kBlocks = 1;
    static constexpr int kBias = 0;
    static constexpr bool kOffsets = true;
    static constexpr bool kFine = true;
    [[gnu::always_inline]] static void load(const BlockQ2_K* block, Chunk& out) {
        twoBits(block->q, out.q);
        loadScales(block, out);
    }
};

template <>
struct Loader<BlockQ3_K> {
    static constexpr int kBlocks = 1;
    static constexpr int kBias = 4;
    static constexpr bool kOffsets = false;
    static constexpr bool kFine = true;
    [[gnu::always_inline]] static void load(const BlockQ3_K* block, Chunk& out) {
        twoBits(block->q, out.q);
        const __m512i high = twice32(block->high);
        out.q[0] = addWhereBit<0, 4>(out.q[0], high);
        out.q[1] = addWhereBit<2, 4>(out.q[1], high);
        out.q[2] = addWhereBit<4, 4>(out.q[2], high);
        out.q[3] = addWhereBit<6, 4>(out.q[3], high);
        loadScales(block, out);
    }
};

template <>
struct Loader<BlockQ4_K> {
    static constexpr int kBlocks = 1;
    static constexpr int kBias = 0;
    static constexpr bool kOffsets = true;
    static constexpr bool kFine = false;
    [[gnu::always_inline]] static void load(const BlockQ4_K* block, Chunk& out) {
        for (int g = 0; g < 4; ++g) out.q[g] = fields32<0, 4, 15>(twice32(block->q + 32 * g));
        loadScales(block, out);
    }
};

template <>
struct Loader<BlockQ5_K> {
    static constexpr int kBlocks = 1;
    static constexpr int kBias = 0;
    static constexpr bool kOffsets = true;
    static constexpr bool kFine = false;
    [[gnu::always_inline]] static void load(const BlockQ5_K* block, Chunk& out) {
        const __m512i high = twice32(block->high);
        const uint8_t* q = block->q;
        out.q[0] = addWhereBit<0, 16>(fields32<0, 4, 15>(twice32(q)), high);
        out.q[1] = addWhereBit<2, 16>(fields32<0, 4, 15>(twice32(q + 32)), high);
        out.q[2] = addWhereBit<4, 16>(fields32<0, 4, 15>(twice32(q + 64)), high);
        out.q[3] = addWhereBit<6, 16>(fields32<0, 4, 15>(twice32(q + 96)), high);
        loadScales(block, out);
    }
};

template <>
struct Loader<BlockQ6_K> {
    static constexpr int kBlocks = 1;
    static constexpr int kBias = 32;
    static constexpr bool kOffsets = false;
    static constexpr bool kFine = true;
    [[gnu::always_inline]] static void load(const BlockQ6_K* block, Chunk& out) {
        const __m512i nibble = _mm512_set1_epi8(15);
        twoBits(block->high, out.q);
        for (int half = 0; half < 2; ++half) {
            const __m512i low = load512(block->q + 64 * half);
            __m512i* q = out.q + 2 * half;
            q[0] = _mm512_or_si512(_mm512_slli_epi16(q[0], 4), _mm512_and_si512(low, nibble));
            q[1] = _mm512_or_si512(_mm512_slli_epi16(q[1], 4),
                                   _mm512_and_si512(_mm512_srli_epi16(low, 4), nibble));
        }
        loadScales(block, out);
    }
};

template <>
struct Loader<BlockIQ4_XS> {
    static constexpr int kBlocks = 1;
    static constexpr int kBias = 128;
    static constexpr bool kOffsets = false;
    static constexpr bool kFine = false;
    [[gnu::always_inline]] static void load(const BlockIQ4_XS* block, Chunk& out) {
        for (int g = 0; g < 4; ++g)
            out.q[g] = Loader<BlockIQ4_NL>::look(nibbles16(load256(block->q + 32 * g)));
        const __m512i lowPlaces =
            _mm512_setr_epi32(0, 0, 4, 4, 8, 8, 12, 12, 16, 16, 20, 20, 24, 24, 28, 28);
        const __m512i highPlaces =
            _mm512_setr_epi32(0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14);
        const __m512i low = _mm512_set1_epi32(loadAs<int32_t>(block->scalesLow));
        const __m512i high = _mm512_set1_epi32(block->scalesHigh);
        const __m512i low4 =
            _mm512_and_si512(_mm512_srlv_epi32(low, lowPlaces), _mm512_set1_epi32(15));
        const __m512i high2 =
            _mm512_and_si512(_mm512_srlv_epi32(high, highPlaces), _mm512_set1_epi32(3));
        const __m512i six = _mm512_or_si512(low4, _mm512_slli_epi32(high2, 4));
        const __m512 whole = _mm512_cvtepi32_ps(_mm512_sub_epi32(six, _mm512_set1_epi32(32)));
        out.scale = _mm512_mul_ps(half16(block->d), whole);
    }
};

/// Bytes of a row of `columns` weights.
template <typename Block>
constexpr int64_t rowBytesOf(int64_t columns) {
    return columns / (kChunk / Loader<Block>::kBlocks) * static_cast<int64_t>(sizeof(Block));
}

/// Chunk after chunk of one row, whatever its length.
template <typename Block>
class ChunkReader {
public:
    ChunkReader(const std::byte* row, int64_t columns) : m_row(row), m_columns(columns) {}

    /// Chunks that are full.
    [[nodiscard]] int64_t whole() const { return m_columns / kChunk; }

    /// Calls use(blocks, index) with each chunk.
    template <typename Use>
    [[gnu::always_inline]] void forEach(const Use& use) const {
        for (int64_t c = 0; c < whole(); ++c) {
            fetchAhead(c);
            use(blocksOf(c), c);
        }
        if (m_columns % kChunk == 0) return;
        const Rest rest = this->rest();
        use(rest.blocks, whole());
    }
    [[gnu::always_inline]] void load(int64_t index, Chunk& out) const {
        if (index == whole()) return Loader<Block>::load(rest().blocks, out);
        fetchAhead(index);
        Loader<Block>::load(blocksOf(index), out);
    }

private:
    /// The last chunk where it is not full; past the row's end its values are zero.
    struct Rest {
        Block blocks[Loader<Block>::kBlocks] = {};
    };
    [[nodiscard]] Rest rest() const {
        Rest rest;
        const int64_t blocks = m_columns % kChunk * Loader<Block>::kBlocks / kChunk;
        __builtin_memcpy(rest.blocks, blocksOf(whole()),
                         static_cast<size_t>(blocks) * sizeof(Block));
        return rest;
    }
    /// The processor's own prefetching stops at the ends of pages, which decoding feels.
    [[gnu::always_inline]] void fetchAhead(int64_t index) const {
        constexpr size_t kAhead = 2048;
        const auto* soon = reinterpret_cast<const char*>(blocksOf(index)) + kAhead;
        for (size_t at = 0; at < sizeof(Block) * Loader<Block>::kBlocks; at += 64)
            _mm_prefetch(soon + at, _MM_HINT_T0);
    }
    [[nodiscard]] const Block* blocksOf(int64_t index) const {
        return reinterpret_cast<const Block*>(m_row) + index * Loader<Block>::kBlocks;
    }
    const std::byte* m_row;
    int64_t m_columns;
};

/// Values 16·part … 16·part + 15 of a chunk as floats, as dequantize() gives them to the bit.
template <typename Block, int part>
inline __m512 valuesOf(const Chunk& chunk) {
    using L = Loader<Block>;
    const __m128i bytes = _mm512_extracti32x4_epi32(chunk.q[part / 4], part % 4);
    const __m512i biased = _mm512_cvtepu8_epi32(bytes);
    const __m512i whole = L::kBias ? _mm512_sub_epi32(biased, _mm512_set1_epi32(L::kBias)) : biased;
    const __m512i lane = _mm512_set1_epi32(part);
    const __m512 scaled =
        _mm512_mul_ps(_mm512_permutexvar_ps(lane, chunk.scale), _mm512_cvtepi32_ps(whole));
    if constexpr (L::kOffsets)
        return _mm512_add_ps(scaled, _mm512_permutexvar_ps(lane, chunk.offset));
    else
        return scaled;
}

/// What the integer dot products need added for the bias and the offsets, for each 16 values and
/// in units of their sum.
template <typename Block>
inline __m512 shiftOf(const Chunk& chunk) {
    using L = Loader<Block>;
    if constexpr (L::kBias == 0) {
        return chunk.offset;
    } else {
        const __m512 bias = _mm512_set1_ps(static_cast<float>(-L::kBias));
        return _mm512_mul_ps(chunk.scale, bias);
    }
}

}  // namespace
}  // namespace alcove::engine::avx512
