#include "engine/quant/block_check.h"

#include <bit>
#include <cstring>

#include "engine/base/half.h"
#include "engine/quant/blocks.h"

namespace alcove::engine {
namespace {

template <typename T>
T load(const std::byte* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

bool finiteHalf(uint16_t half) { return (half & 0x7c00u) != 0x7c00u; }
bool finiteBfloat(uint16_t value) { return (value & 0x7f80u) != 0x7f80u; }
bool finiteFloat(uint32_t bits) { return (bits & 0x7f800000u) != 0x7f800000u; }

std::string describe(const char* field, float value) {
    return std::string(field) + (value != value ? " is not a number" : " is infinite");
}

/// Where a block type keeps its halves; `second` is below 0 where there is but one.
struct Halves {
    int first = -1;
    int second = -1;
    const char* secondName = "";
};

Halves halvesOf(TensorType type) {
    switch (type) {
        case TensorType::Q4_1:
        case TensorType::Q5_1:
            return {0, 2, "offset m"};
        case TensorType::Q4_K:
        case TensorType::Q5_K:
            return {0, 2, "scale dmin"};
        case TensorType::Q2_K:
            return {offsetof(BlockQ2_K, d), offsetof(BlockQ2_K, dmin), "scale dmin"};
        case TensorType::Q3_K:
            return {offsetof(BlockQ3_K, d)};
        case TensorType::Q6_K:
            return {offsetof(BlockQ6_K, d)};
        default:  // Q4_0, Q5_0, Q8_0, IQ4_NL, IQ4_XS
            return {0};
    }
}

std::optional<BlockFault> findInHalves(TensorType type, const std::byte* blocks, int64_t count) {
    const Halves halves = halvesOf(type);
    const int64_t size = traitsOf(type)->blockBytes;
    for (int64_t i = 0; i < count; ++i) {
        const std::byte* block = blocks + i * size;
        const auto first = load<uint16_t>(block + halves.first);
        if (!finiteHalf(first)) return BlockFault{i, describe("scale d", halfToFloat(first))};
        if (halves.second < 0) continue;
        const auto second = load<uint16_t>(block + halves.second);
        if (!finiteHalf(second))
            return BlockFault{i, describe(halves.secondName, halfToFloat(second))};
    }
    return std::nullopt;
}

/// The largest exponent whose block cannot overflow: 12 · 2^(252 − 128) is below 2^128.
constexpr uint8_t kLargestExponent = 252;

std::optional<BlockFault> findInMxfp4(const std::byte* blocks, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
        const auto e = load<uint8_t>(blocks + i * static_cast<int64_t>(sizeof(BlockMXFP4)));
        if (e > kLargestExponent)
            return BlockFault{i, "scale exponent " + std::to_string(e) + " overflows"};
    }
    return std::nullopt;
}

}  // namespace

std::optional<BlockFault> findFault(TensorType type, const std::byte* blocks, int64_t count) {
    if (type == TensorType::MXFP4) return findInMxfp4(blocks, count);
    if (type == TensorType::F32) {
        for (int64_t i = 0; i < count; ++i)
            if (const auto bits = load<uint32_t>(blocks + i * 4); !finiteFloat(bits))
                return BlockFault{i, describe("value", std::bit_cast<float>(bits))};
        return std::nullopt;
    }
    if (type == TensorType::F16 || type == TensorType::BF16) {
        const bool half = type == TensorType::F16;
        for (int64_t i = 0; i < count; ++i) {
            const auto bits = load<uint16_t>(blocks + i * 2);
            if (half ? !finiteHalf(bits) : !finiteBfloat(bits))
                return BlockFault{
                    i, describe("value", half ? halfToFloat(bits) : bfloatToFloat(bits))};
        }
        return std::nullopt;
    }
    return findInHalves(type, blocks, count);
}

std::optional<int64_t> findNotFinite(std::span<const float> values) {
    for (size_t i = 0; i < values.size(); ++i)
        if (!finiteFloat(std::bit_cast<uint32_t>(values[i]))) return static_cast<int64_t>(i);
    return std::nullopt;
}

}  // namespace alcove::engine
