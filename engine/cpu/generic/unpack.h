// One block of every quantised type as plain numbers: small integers in file order, and for each
// group of them a factor and an offset, so that value = scale[group] · quant + offset[group].
//
// The loops over bytes are simple enough for the compiler to vectorise. Everything that turns
// weights into floats or into another layout starts here; only the kernels that read packed bits
// straight into products have their own.
#pragma once

#include "engine/cpu/generic/simd.h"
#include "engine/quant/blocks.h"

namespace alcove::engine {
namespace {

/// Values in a block, and values that share a scale.
template <typename Block>
struct BlockShape {
    static constexpr int kValues = sizeof(Block) < 40 ? 32 : 256;
    static constexpr int kGroup = 32;
};
template <>
struct BlockShape<BlockQ2_K> {
    static constexpr int kValues = 256;
    static constexpr int kGroup = 16;
};
template <>
struct BlockShape<BlockQ3_K> : BlockShape<BlockQ2_K> {};
template <>
struct BlockShape<BlockQ6_K> : BlockShape<BlockQ2_K> {};

template <typename Block>
struct Unpacked {
    static constexpr int kValues = BlockShape<Block>::kValues;
    static constexpr int kGroup = BlockShape<Block>::kGroup;
    static constexpr int kGroups = kValues / kGroup;
    alignas(64) int8_t quants[kValues];
    float scale[kGroups];
    float offset[kGroups];
};

inline void unpackNibbles(const uint8_t* from, int8_t* low, int8_t* high, int count) {
    for (int i = 0; i < count; ++i) {
        low[i] = static_cast<int8_t>(from[i] & 15);
        high[i] = static_cast<int8_t>(from[i] >> 4);
    }
}

/// Adds `weight` to the values whose bit in a little-endian bit string is set.
inline void addBits(const uint8_t* bits, int8_t* values, int count, int8_t weight) {
    for (int i = 0; i < count; ++i)
        values[i] = static_cast<int8_t>(values[i] + ((bits[i / 8] >> (i % 8)) & 1) * weight);
}

template <typename S>
inline void unpack(const BlockQ4_0& block, Unpacked<BlockQ4_0>& to) {
    unpackNibbles(block.q, to.quants, to.quants + 16, 16);
    to.scale[0] = S::halfToFloat(block.d);
    to.offset[0] = -8.0f * to.scale[0];
}

template <typename S>
inline void unpack(const BlockQ4_1& block, Unpacked<BlockQ4_1>& to) {
    unpackNibbles(block.q, to.quants, to.quants + 16, 16);
    to.scale[0] = S::halfToFloat(block.d);
    to.offset[0] = S::halfToFloat(block.m);
}

template <typename S>
inline void unpack(const BlockQ5_0& block, Unpacked<BlockQ5_0>& to) {
    unpackNibbles(block.q, to.quants, to.quants + 16, 16);
    addBits(block.high, to.quants, 32, 16);
    to.scale[0] = S::halfToFloat(block.d);
    to.offset[0] = -16.0f * to.scale[0];
}

template <typename S>
inline void unpack(const BlockQ5_1& block, Unpacked<BlockQ5_1>& to) {
    unpackNibbles(block.q, to.quants, to.quants + 16, 16);
    addBits(block.high, to.quants, 32, 16);
    to.scale[0] = S::halfToFloat(block.d);
    to.offset[0] = S::halfToFloat(block.m);
}

template <typename S>
inline void unpack(const BlockQ8_0& block, Unpacked<BlockQ8_0>& to) {
    memcpy(to.quants, block.q, 32);
    to.scale[0] = S::halfToFloat(block.d);
    to.offset[0] = 0.0f;
}

/// 256 values of two bits: byte 32 h + l holds values 128 h + 32 s + l at bits 2 s.
inline void unpackTwoBits(const uint8_t* from, int8_t* to) {
    for (int half = 0; half < 2; ++half)
        for (int shift = 0; shift < 4; ++shift)
            for (int i = 0; i < 32; ++i)
                to[128 * half + 32 * shift + i] =
                    static_cast<int8_t>((from[32 * half + i] >> (2 * shift)) & 3);
}

template <typename S>
inline void unpack(const BlockQ2_K& block, Unpacked<BlockQ2_K>& to) {
    unpackTwoBits(block.q, to.quants);
    const float d = S::halfToFloat(block.d);
    const float dmin = S::halfToFloat(block.dmin);
    for (int g = 0; g < 16; ++g) {
        to.scale[g] = d * static_cast<float>(block.scales[g] & 15);
        to.offset[g] = -dmin * static_cast<float>(block.scales[g] >> 4);
    }
}

/// The scale of group g of Q3_K, −32…31: low nibbles in bytes 0–7, top bits in bytes 8–11.
inline int q3Scale(const uint8_t* scales, int g) {
    const int low = (scales[g % 8] >> (4 * (g / 8))) & 15;
    const int high = (scales[8 + g % 4] >> (2 * (g / 4))) & 3;
    return (low | (high << 4)) - 32;
}

template <typename S>
inline void unpack(const BlockQ3_K& block, Unpacked<BlockQ3_K>& to) {
    unpackTwoBits(block.q, to.quants);
    for (int b = 0; b < 8; ++b)
        for (int i = 0; i < 32; ++i) {
            int8_t& value = to.quants[32 * b + i];
            value = static_cast<int8_t>(value + ((block.high[i] >> b) & 1) * 4 - 4);
        }
    const float d = S::halfToFloat(block.d);
    for (int g = 0; g < 16; ++g) {
        to.scale[g] = d * static_cast<float>(q3Scale(block.scales, g));
        to.offset[g] = 0.0f;
    }
}

/// The eight scales and eight minima of six bits of Q4_K and Q5_K, as 16 bytes: four little-endian
/// words at a time. Bytes 0–3 and 4–7 hold the first four of each in their low six bits; bytes
/// 8–11 the nibbles of the others, whose top two bits stand above the first ones.
inline void unpackSixBits(const uint8_t* packed, uint8_t* scalesThenMins) {
    uint32_t word[3];
    memcpy(word, packed, sizeof word);
    const uint32_t out[4] = {
        word[0] & 0x3f3f3f3fu,
        (word[2] & 0x0f0f0f0fu) | ((word[0] >> 2) & 0x30303030u),
        word[1] & 0x3f3f3f3fu,
        ((word[2] >> 4) & 0x0f0f0f0fu) | ((word[1] >> 2) & 0x30303030u),
    };
    memcpy(scalesThenMins, out, sizeof out);
}

template <typename S, typename Block>
inline void unpackScaleMins(const Block& block, Unpacked<Block>& to) {
    uint8_t numbers[16];
    unpackSixBits(block.scales, numbers);
    const float d = S::halfToFloat(block.d);
    const float dmin = S::halfToFloat(block.dmin);
    for (int g = 0; g < 8; ++g) {
        to.scale[g] = d * static_cast<float>(numbers[g]);
        to.offset[g] = -dmin * static_cast<float>(numbers[8 + g]);
    }
}

template <typename S>
inline void unpack(const BlockQ4_K& block, Unpacked<BlockQ4_K>& to) {
    for (int c = 0; c < 4; ++c)
        unpackNibbles(block.q + 32 * c, to.quants + 64 * c, to.quants + 64 * c + 32, 32);
    unpackScaleMins<S>(block, to);
}

template <typename S>
inline void unpack(const BlockQ5_K& block, Unpacked<BlockQ5_K>& to) {
    for (int c = 0; c < 4; ++c)
        unpackNibbles(block.q + 32 * c, to.quants + 64 * c, to.quants + 64 * c + 32, 32);
    for (int b = 0; b < 8; ++b)
        for (int i = 0; i < 32; ++i) {
            int8_t& value = to.quants[32 * b + i];
            value = static_cast<int8_t>(value | (((block.high[i] >> b) & 1) << 4));
        }
    unpackScaleMins<S>(block, to);
}

template <typename S>
inline void unpack(const BlockQ6_K& block, Unpacked<BlockQ6_K>& to) {
    alignas(64) int8_t high[256];
    unpackTwoBits(block.high, high);
    for (int h = 0; h < 2; ++h)
        unpackNibbles(block.q + 64 * h, to.quants + 128 * h, to.quants + 128 * h + 64, 64);
    for (int i = 0; i < 256; ++i)
        to.quants[i] = static_cast<int8_t>((to.quants[i] | (high[i] << 4)) - 32);
    const float d = S::halfToFloat(block.d);
    for (int g = 0; g < 16; ++g) {
        to.scale[g] = d * static_cast<float>(block.scales[g]);
        to.offset[g] = 0.0f;
    }
}

// Copies of the codebooks of blocks.h: a constant of a shared header would be a shared symbol.
constexpr int8_t kIq4Codebook[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                     1,    13,   25,  38,  53,  69,  89,  113};
constexpr int8_t kMxfp4Codebook[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

inline void unpackCodes(const uint8_t* from, const int8_t* codebook, int8_t* to) {
    for (int i = 0; i < 16; ++i) {
        to[i] = codebook[from[i] & 15];
        to[i + 16] = codebook[from[i] >> 4];
    }
}

template <typename S>
inline void unpack(const BlockIQ4_NL& block, Unpacked<BlockIQ4_NL>& to) {
    unpackCodes(block.q, kIq4Codebook, to.quants);
    to.scale[0] = S::halfToFloat(block.d);
    to.offset[0] = 0.0f;
}

/// The scale of group g of IQ4_XS, −32…31.
inline int iq4Scale(const BlockIQ4_XS& block, int g) {
    const int low = (block.scalesLow[g / 2] >> (4 * (g % 2))) & 15;
    const int high = (block.scalesHigh >> (2 * g)) & 3;
    return (low | (high << 4)) - 32;
}

template <typename S>
inline void unpack(const BlockIQ4_XS& block, Unpacked<BlockIQ4_XS>& to) {
    const float d = S::halfToFloat(block.d);
    for (int g = 0; g < 8; ++g) {
        unpackCodes(block.q + 16 * g, kIq4Codebook, to.quants + 32 * g);
        to.scale[g] = d * static_cast<float>(iq4Scale(block, g));
        to.offset[g] = 0.0f;
    }
}

/// 2^(e − 128), as the codebook is doubled; subnormal for e < 2.
inline float mxfp4Factor(uint8_t e) {
    const uint32_t bits = e < 2 ? 0x00200000u << e : (e - 1u) << 23;
    float factor;
    memcpy(&factor, &bits, sizeof factor);
    return factor;
}

template <typename S>
inline void unpack(const BlockMXFP4& block, Unpacked<BlockMXFP4>& to) {
    unpackCodes(block.q, kMxfp4Codebook, to.quants);
    to.scale[0] = mxfp4Factor(block.e);
    to.offset[0] = 0.0f;
}

/// Calls visit with a null pointer of the block type; false for a type that has no blocks.
template <typename Visit>
inline bool withBlock(TensorType type, Visit visit) {
    switch (type) {
        case TensorType::Q4_0:
            visit(static_cast<const BlockQ4_0*>(nullptr));
            return true;
        case TensorType::Q4_1:
            visit(static_cast<const BlockQ4_1*>(nullptr));
            return true;
        case TensorType::Q5_0:
            visit(static_cast<const BlockQ5_0*>(nullptr));
            return true;
        case TensorType::Q5_1:
            visit(static_cast<const BlockQ5_1*>(nullptr));
            return true;
        case TensorType::Q8_0:
            visit(static_cast<const BlockQ8_0*>(nullptr));
            return true;
        case TensorType::Q2_K:
            visit(static_cast<const BlockQ2_K*>(nullptr));
            return true;
        case TensorType::Q3_K:
            visit(static_cast<const BlockQ3_K*>(nullptr));
            return true;
        case TensorType::Q4_K:
            visit(static_cast<const BlockQ4_K*>(nullptr));
            return true;
        case TensorType::Q5_K:
            visit(static_cast<const BlockQ5_K*>(nullptr));
            return true;
        case TensorType::Q6_K:
            visit(static_cast<const BlockQ6_K*>(nullptr));
            return true;
        case TensorType::IQ4_NL:
            visit(static_cast<const BlockIQ4_NL*>(nullptr));
            return true;
        case TensorType::IQ4_XS:
            visit(static_cast<const BlockIQ4_XS*>(nullptr));
            return true;
        case TensorType::MXFP4:
            visit(static_cast<const BlockMXFP4*>(nullptr));
            return true;
        case TensorType::F32:
        case TensorType::F16:
        case TensorType::BF16:
            break;
    }
    return false;
}

}  // namespace
}  // namespace alcove::engine
