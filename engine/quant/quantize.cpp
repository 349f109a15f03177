// Floats to blocks for the types whose quants follow directly from the largest value or the range
// of a block, the same as gguf-py's `quants.quantize` to the bit. The types that search for their
// scales are in quantize_affine.cpp and quantize_symmetric.cpp.
//
// Values that are not finite make blocks of no meaning but do no harm; callers refuse them before.
#include "engine/quant/quantize.h"

#include <cmath>
#include <cstring>

#include "engine/base/half.h"
#include "engine/quant/pack.h"

namespace alcove::engine {
namespace {

/// Truncated to 0…largest; NaN becomes 0.
uint8_t quant(float value, int largest) {
    if (!(value > 0)) return 0;
    return static_cast<uint8_t>(value < static_cast<float>(largest) ? static_cast<int>(value)
                                                                    : largest);
}

float inverse(float value) { return value == 0 ? 0 : 1 / value; }

/// The value of largest magnitude, the first of equals, with its sign.
float extreme(const float* values, int count) {
    float best = values[0];
    for (int i = 1; i < count; ++i)
        if (std::fabs(values[i]) > std::fabs(best)) best = values[i];
    return best;
}

struct Range {
    float min;
    float max;
};

Range rangeOf(const float* values, int count) {
    Range range{values[0], values[0]};
    for (int i = 1; i < count; ++i) {
        if (values[i] < range.min) range.min = values[i];
        if (values[i] > range.max) range.max = values[i];
    }
    return range;
}

void putNibbles(const uint8_t (&q)[32], uint8_t* out) {
    for (int j = 0; j < 16; ++j)
        out[j] = static_cast<uint8_t>((q[j] & 15) | ((q[j + 16] & 15) << 4));
}

void putFifthBits(const uint8_t (&q)[32], uint8_t* out) {
    std::memset(out, 0, 4);
    for (int i = 0; i < 32; ++i)
        out[i / 8] = static_cast<uint8_t>(out[i / 8] | ((q[i] >> 4) << (i % 8)));
}

void pack(const float* values, BlockQ4_0& block) {
    const float d = extreme(values, 32) / -8;
    const float id = inverse(d);
    uint8_t q[32];
    for (int i = 0; i < 32; ++i) q[i] = quant(values[i] * id + 8.5f, 15);
    block.d = floatToHalf(d);
    putNibbles(q, block.q);
}

void pack(const float* values, BlockQ4_1& block) {
    const Range range = rangeOf(values, 32);
    const float d = (range.max - range.min) / 15;
    const float id = inverse(d);
    uint8_t q[32];
    for (int i = 0; i < 32; ++i) q[i] = quant((values[i] - range.min) * id + 0.5f, 15);
    block.d = floatToHalf(d);
    block.m = floatToHalf(range.min);
    putNibbles(q, block.q);
}

void pack(const float* values, BlockQ5_0& block) {
    const float d = extreme(values, 32) / -16;
    const float id = inverse(d);
    uint8_t q[32];
    for (int i = 0; i < 32; ++i) q[i] = quant(values[i] * id + 16.5f, 31);
    block.d = floatToHalf(d);
    putNibbles(q, block.q);
    putFifthBits(q, block.high);
}

void pack(const float* values, BlockQ5_1& block) {
    const Range range = rangeOf(values, 32);
    const float d = (range.max - range.min) / 31;
    const float id = inverse(d);
    uint8_t q[32];
    for (int i = 0; i < 32; ++i) q[i] = quant((values[i] - range.min) * id + 0.5f, 31);
    block.d = floatToHalf(d);
    block.m = floatToHalf(range.min);
    putNibbles(q, block.q);
    putFifthBits(q, block.high);
}

void pack(const float* values, BlockQ8_0& block) {
    const float d = std::fabs(extreme(values, 32)) / 127;
    const float id = inverse(d);
    for (int i = 0; i < 32; ++i) {
        const float q = std::round(values[i] * id);  // halves away from zero
        block.q[i] = std::fabs(q) <= 127 ? static_cast<int8_t>(q) : int8_t{0};
    }
    block.d = floatToHalf(d);
}

void pack(const float* values, BlockMXFP4& block) {
    const float largest = std::fabs(extreme(values, 32));
    // The largest E2M1 number is 6 = 1.5 · 2²: the scale's exponent stands two below the value's.
    const float e = std::floor(std::log2(largest)) - 2 + 127;
    block.e = largest > 0 ? quant(e, 255) : uint8_t{0};
    const float d = mxfp4Scale(block.e);
    uint8_t q[32];
    for (int i = 0; i < 32; ++i) {
        q[i] = 0;
        float best = std::fabs(values[i]);
        for (uint8_t k = 1; k < 16; ++k) {
            const float error = std::fabs(d * static_cast<float>(kMxfp4Values[k]) - values[i]);
            if (error < best) {
                best = error;
                q[i] = k;
            }
        }
    }
    putNibbles(q, block.q);
}

template <typename Block>
void packAll(const float* values, std::byte* blocks, int64_t count) {
    const int64_t perBlock = traitsOf(Block::kType)->blockSize;
    for (int64_t i = 0; i < count; i += perBlock) {
        Block block;
        pack(values + i, block);
        std::memcpy(blocks, &block, sizeof block);
        blocks += sizeof block;
    }
}

template <uint16_t (*convert)(float)>
void narrow(const float* values, std::byte* halves, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
        const uint16_t half = convert(values[i]);
        std::memcpy(halves + i * 2, &half, sizeof half);
    }
}

}  // namespace

bool canQuantize(TensorType type) { return traitsOf(type) != nullptr; }

void quantize(TensorType type, const float* values, std::byte* blocks, int64_t count) {
    switch (type) {
        case TensorType::F32:
            std::memcpy(blocks, values, static_cast<size_t>(count) * sizeof(float));
            return;
        case TensorType::F16:
            return narrow<floatToHalf>(values, blocks, count);
        case TensorType::BF16:
            return narrow<floatToBfloat>(values, blocks, count);
        case TensorType::Q4_0:
            return packAll<BlockQ4_0>(values, blocks, count);
        case TensorType::Q4_1:
            return packAll<BlockQ4_1>(values, blocks, count);
        case TensorType::Q5_0:
            return packAll<BlockQ5_0>(values, blocks, count);
        case TensorType::Q5_1:
            return packAll<BlockQ5_1>(values, blocks, count);
        case TensorType::Q8_0:
            return packAll<BlockQ8_0>(values, blocks, count);
        case TensorType::Q2_K:
            return packAll<BlockQ2_K>(values, blocks, count);
        case TensorType::Q3_K:
            return packAll<BlockQ3_K>(values, blocks, count);
        case TensorType::Q4_K:
            return packAll<BlockQ4_K>(values, blocks, count);
        case TensorType::Q5_K:
            return packAll<BlockQ5_K>(values, blocks, count);
        case TensorType::Q6_K:
            return packAll<BlockQ6_K>(values, blocks, count);
        case TensorType::IQ4_NL:
            return packAll<BlockIQ4_NL>(values, blocks, count);
        case TensorType::IQ4_XS:
            return packAll<BlockIQ4_XS>(values, blocks, count);
        case TensorType::MXFP4:
            return packAll<BlockMXFP4>(values, blocks, count);
    }
}

}  // namespace alcove::engine
