// Weights to floats, on registers.
#pragma once

#include "engine/cpu/generic/unpack.h"
#include "engine/cpu/kernels.h"

namespace alcove::engine {
namespace {

/// How a row of floats, halves or bfloat16 loads: at(row, i) gives elements i … i + kLanes − 1,
/// part() the first `count` of them and zeros.
template <typename S>
struct FloatRow {
    static constexpr int64_t kBytes = 4;
    static typename S::F at(const std::byte* row, int64_t i) {
        return S::load(reinterpret_cast<const float*>(row) + i);
    }
    static typename S::F part(const std::byte* row, int64_t i, int64_t count) {
        return loadPart<S>(reinterpret_cast<const float*>(row) + i, count);
    }
};

template <typename S>
struct HalfRow {
    static constexpr int64_t kBytes = 2;
    static typename S::F at(const std::byte* row, int64_t i) { return S::loadHalf(row + i * 2); }
    static typename S::F part(const std::byte* row, int64_t i, int64_t count) {
        alignas(64) uint16_t lanes[S::kLanes] = {};
        memcpy(lanes, row + i * 2, static_cast<size_t>(count) * 2);
        return S::loadHalf(lanes);
    }
};

template <typename S>
struct BfloatRow {
    static constexpr int64_t kBytes = 2;
    static typename S::F at(const std::byte* row, int64_t i) { return S::loadBfloat(row + i * 2); }
    static typename S::F part(const std::byte* row, int64_t i, int64_t count) {
        alignas(64) uint16_t lanes[S::kLanes] = {};
        memcpy(lanes, row + i * 2, static_cast<size_t>(count) * 2);
        return S::loadBfloat(lanes);
    }
};

/// Calls visit with the loader of an unquantised type; false for the others.
template <typename S, typename Visit>
inline bool withFloatRow(TensorType type, Visit visit) {
    switch (type) {
        case TensorType::F32:
            visit(FloatRow<S>{});
            return true;
        case TensorType::F16:
            visit(HalfRow<S>{});
            return true;
        case TensorType::BF16:
            visit(BfloatRow<S>{});
            return true;
        default:
            return false;
    }
}

template <typename S, typename Row>
inline void convertRow(Row, const std::byte* row, int64_t first, float* out, int64_t count) {
    int64_t i = 0;
    for (; i + S::kLanes <= count; i += S::kLanes) S::store(out + i, Row::at(row, first + i));
    if (i < count) storePart<S>(out + i, Row::part(row, first + i, count - i), count - i);
}

template <typename S, typename Block>
inline void dequantizeBlocks(const Block* blocks, float* out, int64_t count) {
    using U = Unpacked<Block>;
    U unpacked;
    for (int64_t b = 0; b < count / U::kValues; ++b, out += U::kValues) {
        unpack<S>(blocks[b], unpacked);
        for (int g = 0; g < U::kGroups; ++g) {
            const auto scale = S::set(unpacked.scale[g]);
            const auto offset = S::set(unpacked.offset[g]);
            for (int64_t i = 0; i < U::kGroup; i += S::kLanes) {
                const int64_t at = g * U::kGroup + i;
                S::store(out + at, S::fma(S::loadInt8(unpacked.quants + at), scale, offset));
            }
        }
    }
}

/// Elements [first, first + count) of a row; both are multiples of the block size.
template <typename S>
inline void dequantizePart(TensorType type, const std::byte* row, int64_t first, float* out,
                           int64_t count) {
    if (withFloatRow<S>(type, [=](auto kind) { convertRow<S>(kind, row, first, out, count); }))
        return;
    withBlock(type, [=]<typename Block>(const Block*) {
        const auto* blocks = reinterpret_cast<const Block*>(row);
        dequantizeBlocks<S>(blocks + first / BlockShape<Block>::kValues, out, count);
    });
}

template <typename S>
inline void dequantizeRow(TensorType type, const std::byte* row, float* out, int64_t count) {
    dequantizePart<S>(type, row, 0, out, count);
}

/// Bytes of a row of `columns` weights.
inline int64_t weightRowBytes(TensorType type, int64_t columns) {
    int64_t bytes = columns * (type == TensorType::F32 ? 4 : 2);
    withBlock(type, [&]<typename Block>(const Block*) {
        bytes = columns / BlockShape<Block>::kValues * static_cast<int64_t>(sizeof(Block));
    });
    return bytes;
}

}  // namespace
}  // namespace alcove::engine
