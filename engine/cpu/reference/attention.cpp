#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/base/half.h"
#include "engine/cpu/reference/reference.h"

namespace alcove::engine::reference {
namespace {

constexpr int64_t kGroup = 32;  // values of a Q8_0 group: a half scale, then int8
constexpr int64_t kGroupBytes = 34;

uint16_t loadHalfBits(const std::byte* from) {
    uint16_t bits = 0;
    std::memcpy(&bits, from, sizeof bits);
    return bits;
}

float cacheValue(CacheType cache, const std::byte* row, int64_t d) {
    switch (cache) {
        case CacheType::F32: {
            float value = 0.0f;
            std::memcpy(&value, row + d * 4, sizeof value);
            return value;
        }
        case CacheType::F16:
            return halfToFloat(loadHalfBits(row + d * 2));
        case CacheType::Q8_0: {
            const std::byte* group = row + d / kGroup * kGroupBytes;
            const auto quant = static_cast<int8_t>(group[2 + d % kGroup]);
            return halfToFloat(loadHalfBits(group)) * static_cast<float>(quant);
        }
    }
    return 0.0f;
}

bool sees(const AttentionArgs& args, int64_t query, int64_t key) {
    if (args.causal && key > query) return false;
    switch (args.windowKind) {
        case WindowKind::None:
            return true;
        case WindowKind::Sliding:
            return query - key < args.window;
        case WindowKind::Chunked:
            return key >= query / args.window * args.window;
        case WindowKind::Symmetric:
            return std::abs(query - key) <= args.window / 2;
    }
    return true;
}

/// One query and one key.
double score(const AttentionArgs& args, const float* query, const std::byte* keyRow, int64_t head,
             int64_t distance) {
    double sum = 0.0;
    for (int64_t d = 0; d < args.keyDim; ++d)
        sum +=
            static_cast<double>(query[d]) * static_cast<double>(cacheValue(args.cache, keyRow, d));
    sum *= static_cast<double>(args.scale);
    const auto cap = static_cast<double>(args.softcap);
    if (cap != 0.0) sum = cap * std::tanh(sum / cap);
    if (args.alibiSlopes != nullptr)
        sum -= static_cast<double>(args.alibiSlopes[head]) * static_cast<double>(distance);
    return sum;
}

/// One row and head: scores of all keys, softmax, weighted sum of the values.
void attendOne(const AttentionArgs& args, int64_t row, int64_t head, double* scores, double* sums) {
    const float* query = args.queries + row * args.queryRowStride + head * args.keyDim;
    const int64_t position = args.firstPosition + row;
    const auto keyBytes = static_cast<int64_t>(cacheRowBytes(args.cache, args.keyDim));
    const auto valueBytes = static_cast<int64_t>(cacheRowBytes(args.cache, args.valueDim));

    double highest = -std::numeric_limits<double>::infinity();
    int64_t index = 0;
    for (const KvSegment& segment : args.segments) {
        for (int64_t i = 0; i < segment.count; ++i, ++index) {
            const int64_t key = segment.firstPosition + i;
            scores[index] = -std::numeric_limits<double>::infinity();
            if (!sees(args, position, key)) continue;
            scores[index] =
                score(args, query, segment.keys + i * keyBytes, head, std::abs(position - key));
            highest = std::max(highest, scores[index]);
        }
    }

    std::fill_n(sums, args.valueDim, 0.0);
    double total = 0.0;
    index = 0;
    for (const KvSegment& segment : args.segments) {
        for (int64_t i = 0; i < segment.count; ++i, ++index) {
            if (std::isinf(scores[index])) continue;
            const double weight = std::exp(scores[index] - highest);
            total += weight;
            const std::byte* values = segment.values + i * valueBytes;
            for (int64_t d = 0; d < args.valueDim; ++d)
                sums[d] += weight * static_cast<double>(cacheValue(args.cache, values, d));
        }
    }
    float* out = args.out + row * args.outRowStride + head * args.valueDim;
    for (int64_t d = 0; d < args.valueDim; ++d)
        out[d] = total > 0.0 ? static_cast<float>(sums[d] / total) : 0.0f;
}

}  // namespace

void storeCacheRow(CacheType cache, const float* in, std::byte* out, int64_t dim) {
    if (cache == CacheType::F32) {
        std::memcpy(out, in, static_cast<size_t>(dim) * sizeof(float));
        return;
    }
    if (cache == CacheType::F16) {
        for (int64_t d = 0; d < dim; ++d) {
            const uint16_t bits = floatToHalf(in[d]);
            std::memcpy(out + d * 2, &bits, sizeof bits);
        }
        return;
    }
    for (int64_t first = 0; first < dim; first += kGroup, out += kGroupBytes) {
        const int64_t count = std::min(kGroup, dim - first);
        float largest = 0.0f;
        float nothing = 0.0f;  // stays so, unless a value is no number: max loses those
        for (int64_t i = 0; i < count; ++i) {
            largest = std::max(largest, std::abs(in[first + i]));
            nothing += in[first + i] * 0.0f;
        }
        const float scale = largest / 127.0f + nothing;
        const float inverse = scale > 0.0f ? 1.0f / scale : 0.0f;
        const uint16_t bits = floatToHalf(scale);
        std::memcpy(out, &bits, sizeof bits);
        for (int64_t i = 0; i < kGroup; ++i) {
            const float value = i < count && inverse > 0.0f ? in[first + i] * inverse : 0.0f;
            out[2 + i] = static_cast<std::byte>(static_cast<int8_t>(std::nearbyint(value)));
        }
    }
}

size_t attentionScratchBytes(const AttentionArgs& args) {
    const int64_t keys = args.segments[0].count + args.segments[1].count;
    return static_cast<size_t>(keys + args.valueDim) * sizeof(double);
}

void attention(const AttentionArgs& args, std::byte* scratch) {
    auto* scores = reinterpret_cast<double*>(scratch);
    double* sums = scores + args.segments[0].count + args.segments[1].count;
    for (int64_t row = 0; row < args.rows; ++row)
        for (int64_t head = 0; head < args.group; ++head) attendOne(args, row, head, scores, sums);
}

}  // namespace alcove::engine::reference
