// Quantised blocks as they lie in a file, and how their packed fields read.
//
// Every field is little-endian; no block needs more than two-byte alignment. `d` is the scale (an
// IEEE half), `m` or `dmin` an offset. Quants below a byte are packed low half first: the low
// nibbles of a group of bytes are its first values, the high nibbles the following ones. The GLSL
// twin of this header, where there is one, names its fields the same.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "engine/gguf/types.h"

namespace alcove::engine {

struct BlockQ4_0 {  // d (q − 8); byte j holds values j and j + 16
    static constexpr TensorType kType = TensorType::Q4_0;
    uint16_t d;
    uint8_t q[16];
};

struct BlockQ4_1 {  // d q + m
    static constexpr TensorType kType = TensorType::Q4_1;
    uint16_t d;
    uint16_t m;
    uint8_t q[16];
};

struct BlockQ5_0 {  // d (q − 16)
    static constexpr TensorType kType = TensorType::Q5_0;
    uint16_t d;
    uint8_t high[4];  // a little-endian u32: bit i is the fifth bit of value i
    uint8_t q[16];
};

struct BlockQ5_1 {  // d q + m
    static constexpr TensorType kType = TensorType::Q5_1;
    uint16_t d;
    uint16_t m;
    uint8_t high[4];  // as in Q5_0
    uint8_t q[16];
};

struct BlockQ8_0 {  // d q
    static constexpr TensorType kType = TensorType::Q8_0;
    uint16_t d;
    int8_t q[32];
};

struct BlockQ2_K {  // 16 groups of 16: d sc q − dmin min
    static constexpr TensorType kType = TensorType::Q2_K;
    uint8_t scales[16];  // low nibble sc, high nibble min
    uint8_t q[64];       // byte 32 h + l holds values 128 h + 32 s + l at bits 2 s, s = 0…3
    uint16_t d;
    uint16_t dmin;
};

struct BlockQ3_K {  // 16 groups of 16: d (sc − 32) (q − (high bit ? 0 : 4))
    static constexpr TensorType kType = TensorType::Q3_K;
    uint8_t high[32];    // bit b of byte l belongs to value 32 b + l
    uint8_t q[64];       // as in Q2_K
    uint8_t scales[12];  // 16 of six bits, see scaleQ3()
    uint16_t d;
};

struct BlockQ4_K {  // 8 groups of 32: d sc q − dmin min
    static constexpr TensorType kType = TensorType::Q4_K;
    uint16_t d;
    uint16_t dmin;
    uint8_t scales[12];  // 8 pairs of six bits, see scaleMinK()
    uint8_t q[128];      // byte 32 c + l holds values 64 c + l (low nibble) and 64 c + 32 + l
};

struct BlockQ5_K {  // as Q4_K with a fifth bit
    static constexpr TensorType kType = TensorType::Q5_K;
    uint16_t d;
    uint16_t dmin;
    uint8_t scales[12];
    uint8_t high[32];  // bit b of byte l belongs to value 32 b + l
    uint8_t q[128];
};

struct BlockQ6_K {  // 16 groups of 16: d sc (q − 32)
    static constexpr TensorType kType = TensorType::Q6_K;
    uint8_t q[128];    // byte 64 h + l holds values 128 h + l (low nibble) and 128 h + 64 + l
    uint8_t high[64];  // byte 32 h + l holds values 128 h + 32 s + l at bits 2 s, s = 0…3
    int8_t scales[16];
    uint16_t d;
};

struct BlockIQ4_NL {  // d · codebook[q]
    static constexpr TensorType kType = TensorType::IQ4_NL;
    uint16_t d;
    uint8_t q[16];
};

struct BlockIQ4_XS {  // 8 groups of 32: d (sc − 32) · codebook[q], see scaleIq4()
    static constexpr TensorType kType = TensorType::IQ4_XS;
    uint16_t d;
    uint16_t scalesHigh;
    uint8_t scalesLow[4];
    uint8_t q[128];  // byte 16 g + l holds values 32 g + l and 32 g + 16 + l
};

struct BlockMXFP4 {  // 2^(e − 128) · codebook[q]
    static constexpr TensorType kType = TensorType::MXFP4;
    uint8_t e;
    uint8_t q[16];
};

static_assert(sizeof(BlockQ4_0) == 18 && sizeof(BlockQ4_1) == 20 && sizeof(BlockQ5_0) == 22 &&
              sizeof(BlockQ5_1) == 24 && sizeof(BlockQ8_0) == 34);
static_assert(sizeof(BlockQ2_K) == 84 && sizeof(BlockQ3_K) == 110 && sizeof(BlockQ4_K) == 144 &&
              sizeof(BlockQ5_K) == 176 && sizeof(BlockQ6_K) == 210);
static_assert(sizeof(BlockIQ4_NL) == 18 && sizeof(BlockIQ4_XS) == 136 && sizeof(BlockMXFP4) == 17);

inline constexpr std::array<int8_t, 16> kIq4Values = {-127, -104, -83, -65, -49, -35, -22, -10,
                                                      1,    13,   25,  38,  53,  69,  89,  113};

/// The E2M1 numbers, doubled so that they are whole.
inline constexpr std::array<int8_t, 16> kMxfp4Values = {0, 1,  2,  3,  4,  6,  8,  12,
                                                        0, -1, -2, -3, -4, -6, -8, -12};

/// Half of the E8M0 number `e`, as kMxfp4Values are doubled: 2^(e − 128); subnormal below 2.
[[nodiscard]] inline float mxfp4Scale(uint8_t e) {
    const uint32_t bits = e < 2 ? 0x00200000u << e : (e - 1u) << 23;
    return std::bit_cast<float>(bits);
}

struct ScaleMin {
    uint8_t scale;
    uint8_t min;
};

/// The pair of six-bit numbers of group `j` (0…7) in Q4_K and Q5_K: whole in the low bits of
/// bytes j and j + 4 for the first four; for the others nibbles, whose top bits stand above those.
[[nodiscard]] inline ScaleMin scaleMinK(const uint8_t* scales, int j) {
    if (j < 4)
        return {static_cast<uint8_t>(scales[j] & 63), static_cast<uint8_t>(scales[j + 4] & 63)};
    return {static_cast<uint8_t>((scales[j + 4] & 15) | ((scales[j - 4] >> 6) << 4)),
            static_cast<uint8_t>((scales[j + 4] >> 4) | ((scales[j] >> 6) << 4))};
}

/// The scale of group `j` (0…15) in Q3_K, −32…31.
[[nodiscard]] inline int scaleQ3(const uint8_t* scales, int j) {
    const int low = (scales[j % 8] >> (4 * (j / 8))) & 15;
    const int high = (scales[8 + j % 4] >> (2 * (j / 4))) & 3;
    return (low | (high << 4)) - 32;
}

/// The scale of group `j` (0…7) in IQ4_XS, −32…31.
[[nodiscard]] inline int scaleIq4(const BlockIQ4_XS& block, int j) {
    const int low = (block.scalesLow[j / 2] >> (4 * (j % 2))) & 15;
    const int high = (block.scalesHigh >> (2 * j)) & 3;
    return (low | (high << 4)) - 32;
}

}  // namespace alcove::engine
