// Blocks to floats, plainly. The order of the float operations is part of the contract (d·sc first,
// then times q, then the offset subtracted, each rounded to float), so that the results are those
// of gguf-py to the bit; the file is compiled without contraction to fused operations.
#include <cstring>

#include "engine/base/half.h"
#include "engine/quant/blocks.h"
#include "engine/quant/quantize.h"

namespace alcove::engine {
namespace {

void unpack(const BlockQ4_0& block, float* out) {
    const float d = halfToFloat(block.d);
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>((block.q[j] & 15) - 8);
        out[j + 16] = d * static_cast<float>((block.q[j] >> 4) - 8);
    }
}

void unpack(const BlockQ4_1& block, float* out) {
    const float d = halfToFloat(block.d);
    const float m = halfToFloat(block.m);
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>(block.q[j] & 15) + m;
        out[j + 16] = d * static_cast<float>(block.q[j] >> 4) + m;
    }
}

/// Five-bit value i of a block of 32.
template <typename Block>
int fiveBits(const Block& block, int i) {
    const int low = (block.q[i % 16] >> (4 * (i / 16))) & 15;
    const int high = (block.high[i / 8] >> (i % 8)) & 1;
    return low | (high << 4);
}

void unpack(const BlockQ5_0& block, float* out) {
    const float d = halfToFloat(block.d);
    for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(fiveBits(block, i) - 16);
}

void unpack(const BlockQ5_1& block, float* out) {
    const float d = halfToFloat(block.d);
    const float m = halfToFloat(block.m);
    for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(fiveBits(block, i)) + m;
}

void unpack(const BlockQ8_0& block, float* out) {
    const float d = halfToFloat(block.d);
    for (int i = 0; i < 32; ++i) out[i] = static_cast<float>(block.q[i]) * d;
}

/// Two-bit value i of a block of 256, as Q2_K and Q3_K (and the high bits of Q6_K) pack it.
int twoBits(const uint8_t* q, int i) {
    return (q[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2)) & 3;
}

void unpack(const BlockQ2_K& block, float* out) {
    const float d = halfToFloat(block.d);
    const float dmin = halfToFloat(block.dmin);
    for (int group = 0; group < 16; ++group) {
        const float scale = d * static_cast<float>(block.scales[group] & 15);
        const float min = dmin * static_cast<float>(block.scales[group] >> 4);
        for (int i = group * 16; i < group * 16 + 16; ++i)
            out[i] = scale * static_cast<float>(twoBits(block.q, i)) - min;
    }
}

void unpack(const BlockQ3_K& block, float* out) {
    const float d = halfToFloat(block.d);
    for (int group = 0; group < 16; ++group) {
        const float scale = d * static_cast<float>(scaleQ3(block.scales, group));
        for (int i = group * 16; i < group * 16 + 16; ++i) {
            const int high = (block.high[i % 32] >> (i / 32)) & 1;
            out[i] = scale * static_cast<float>(twoBits(block.q, i) - (high ? 0 : 4));
        }
    }
}

void unpack(const BlockQ4_K& block, float* out) {
    const float d = halfToFloat(block.d);
    const float dmin = halfToFloat(block.dmin);
    for (int group = 0; group < 8; ++group) {
        const ScaleMin sm = scaleMinK(block.scales, group);
        const float scale = d * static_cast<float>(sm.scale);
        const float min = dmin * static_cast<float>(sm.min);
        for (int l = 0; l < 32; ++l) {
            const int q = (block.q[group / 2 * 32 + l] >> (group % 2 * 4)) & 15;
            out[group * 32 + l] = scale * static_cast<float>(q) - min;
        }
    }
}

void unpack(const BlockQ5_K& block, float* out) {
    const float d = halfToFloat(block.d);
    const float dmin = halfToFloat(block.dmin);
    for (int group = 0; group < 8; ++group) {
        const ScaleMin sm = scaleMinK(block.scales, group);
        const float scale = d * static_cast<float>(sm.scale);
        const float min = dmin * static_cast<float>(sm.min);
        for (int l = 0; l < 32; ++l) {
            const int low = (block.q[group / 2 * 32 + l] >> (group % 2 * 4)) & 15;
            const int high = (block.high[l] >> group) & 1;
            out[group * 32 + l] = scale * static_cast<float>(low | (high << 4)) - min;
        }
    }
}

void unpack(const BlockQ6_K& block, float* out) {
    const float d = halfToFloat(block.d);
    for (int group = 0; group < 16; ++group) {
        const float scale = d * static_cast<float>(block.scales[group]);
        for (int i = group * 16; i < group * 16 + 16; ++i) {
            const int low = (block.q[i / 128 * 64 + i % 64] >> (i % 128 / 64 * 4)) & 15;
            out[i] = scale * static_cast<float>((low | (twoBits(block.high, i) << 4)) - 32);
        }
    }
}

void unpack(const BlockIQ4_NL& block, float* out) {
    const float d = halfToFloat(block.d);
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>(kIq4Values[block.q[j] & 15]);
        out[j + 16] = d * static_cast<float>(kIq4Values[block.q[j] >> 4]);
    }
}

void unpack(const BlockIQ4_XS& block, float* out) {
    const float d = halfToFloat(block.d);
    for (int group = 0; group < 8; ++group) {
        const float scale = d * static_cast<float>(scaleIq4(block, group));
        for (int j = 0; j < 16; ++j) {
            const uint8_t q = block.q[group * 16 + j];
            out[group * 32 + j] = scale * static_cast<float>(kIq4Values[q & 15]);
            out[group * 32 + j + 16] = scale * static_cast<float>(kIq4Values[q >> 4]);
        }
    }
}

void unpack(const BlockMXFP4& block, float* out) {
    const float d = mxfp4Scale(block.e);
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>(kMxfp4Values[block.q[j] & 15]);
        out[j + 16] = d * static_cast<float>(kMxfp4Values[block.q[j] >> 4]);
    }
}

/// Blocks are copied out one at a time, so that the bytes may stand at any address.
template <typename Block>
void unpackAll(const std::byte* blocks, float* values, int64_t count) {
    const int64_t perBlock = traitsOf(Block::kType)->blockSize;
    for (int64_t i = 0; i < count; i += perBlock) {
        Block block;
        std::memcpy(&block, blocks, sizeof block);
        unpack(block, values + i);
        blocks += sizeof block;
    }
}

template <float (*convert)(uint16_t)>
void widen(const std::byte* halves, float* values, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
        uint16_t half;
        std::memcpy(&half, halves + i * 2, sizeof half);
        values[i] = convert(half);
    }
}

}  // namespace

void dequantize(TensorType type, const std::byte* blocks, float* values, int64_t count) {
    switch (type) {
        case TensorType::F32:
            std::memcpy(values, blocks, static_cast<size_t>(count) * sizeof(float));
            return;
        case TensorType::F16:
            return widen<halfToFloat>(blocks, values, count);
        case TensorType::BF16:
            return widen<bfloatToFloat>(blocks, values, count);
        case TensorType::Q4_0:
            return unpackAll<BlockQ4_0>(blocks, values, count);
        case TensorType::Q4_1:
            return unpackAll<BlockQ4_1>(blocks, values, count);
        case TensorType::Q5_0:
            return unpackAll<BlockQ5_0>(blocks, values, count);
        case TensorType::Q5_1:
            return unpackAll<BlockQ5_1>(blocks, values, count);
        case TensorType::Q8_0:
            return unpackAll<BlockQ8_0>(blocks, values, count);
        case TensorType::Q2_K:
            return unpackAll<BlockQ2_K>(blocks, values, count);
        case TensorType::Q3_K:
            return unpackAll<BlockQ3_K>(blocks, values, count);
        case TensorType::Q4_K:
            return unpackAll<BlockQ4_K>(blocks, values, count);
        case TensorType::Q5_K:
            return unpackAll<BlockQ5_K>(blocks, values, count);
        case TensorType::Q6_K:
            return unpackAll<BlockQ6_K>(blocks, values, count);
        case TensorType::IQ4_NL:
            return unpackAll<BlockIQ4_NL>(blocks, values, count);
        case TensorType::IQ4_XS:
            return unpackAll<BlockIQ4_XS>(blocks, values, count);
        case TensorType::MXFP4:
            return unpackAll<BlockMXFP4>(blocks, values, count);
    }
}

}  // namespace alcove::engine
