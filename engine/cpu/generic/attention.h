// Attention in one pass over the keys: online softmax over tiles of them.
//
// The query heads that share a KV head are rows like any others: (token, head) pairs in that
// order, a block of them at a time, so that each key and value is loaded once for all of them. For
// every tile of kKeys keys: scores, their new maximum, weights e^(score − maximum), and the
// accumulated output rescaled by e^(old maximum − new maximum) before the tile's weighted values
// are added. Masks are ranges: the keys that a token sees are an interval of positions.
//
// Few pairs (decoding): keys and values are read straight from the cache, several heads to a load.
// Many pairs (prefill): the tile's keys are transposed and its values converted to panels of
// floats, and both products run as register tiles (tile.h).
//
// After Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018), and Dao et al.,
// "FlashAttention" (2022).
#pragma once

#include <math.h>

#include "engine/cpu/generic/dequantize.h"
#include "engine/cpu/generic/math.h"
#include "engine/cpu/generic/tile.h"

namespace alcove::engine {
namespace {

/// Rows of the cache as registers of floats. Groups of 32 values: a half scale, then int8.
template <typename S>
struct Q8Row {
    static constexpr int64_t kGroup = 32;
    static constexpr int64_t kGroupBytes = 34;

    static const std::byte* group(const std::byte* row, int64_t i) {
        return row + i / kGroup * kGroupBytes;
    }
    static typename S::F scale(const std::byte* group) {
        uint16_t bits;
        memcpy(&bits, group, sizeof bits);
        return S::set(S::halfToFloat(bits));
    }
    static typename S::F at(const std::byte* row, int64_t i) {
        const std::byte* from = group(row, i);
        return S::mul(scale(from), S::loadInt8(from + 2 + i % kGroup));
    }
    static typename S::F part(const std::byte* row, int64_t i, int64_t) {
        return at(row, i);  // the last group is padded with zeros
    }
};

/// Positions [begin, end).
struct KeyRange {
    int64_t begin = 0;
    int64_t end = 0;
};

/// The keys that the query at `position` sees.
inline KeyRange visibleKeys(const AttentionArgs& args, int64_t position) {
    constexpr int64_t kNoEnd = INT64_MAX;
    KeyRange range{0, args.causal ? position + 1 : kNoEnd};
    switch (args.windowKind) {
        case WindowKind::None:
            break;
        case WindowKind::Sliding:
            range.begin = most<int64_t>(0, position - args.window + 1);
            break;
        case WindowKind::Chunked:
            range.begin = position / args.window * args.window;
            break;
        case WindowKind::Symmetric:
            range.begin = most<int64_t>(0, position - args.window / 2);
            range.end = least(range.end, position + args.window / 2 + 1);
            break;
    }
    return range;
}

/// Where the scratch memory of one call lies. A block holds at most `pairs` (token, head) pairs.
template <typename S>
struct AttentionScratch {
    static constexpr int64_t kKeys = 64;       // of a tile
    static constexpr int64_t kMostPairs = 96;  // a block's queries fit the first-level cache

    int64_t pairs;
    int64_t keyStride;    // keyDim rounded up to the lanes
    int64_t valueStride;  // likewise
    float* queries;       // [pairs][keyStride], scaled, zeros after keyDim
    float* scores;        // [pairs][kKeys]
    float* sums;          // [pairs][valueStride]
    float* highest;       // [pairs]
    float* totals;        // [pairs]
    float* rows;          // [kKeys][keyStride]: keys as floats
    float* keys;          // [keyDim][kKeys]: transposed
    float* values;        // [kKeys][valueStride]
    size_t bytes;

    AttentionScratch(const AttentionArgs& args, std::byte* memory) {
        const int64_t tokens = most<int64_t>(1, kMostPairs / args.group);
        pairs = least(tokens, args.rows) * args.group;
        keyStride = roundUp(args.keyDim, S::kLanes);
        valueStride = roundUp(args.valueDim, S::kLanes);
        auto* next = reinterpret_cast<float*>(memory);
        const float* begin = next;
        auto take = [&next](int64_t count) {
            float* taken = next;
            next += roundUp(count, 16);
            return taken;
        };
        queries = take(pairs * keyStride);
        scores = take(pairs * kKeys);
        sums = take(pairs * valueStride);
        highest = take(pairs);
        totals = take(pairs);
        rows = take(kKeys * keyStride);
        keys = take(keyStride * kKeys);
        values = take(kKeys * valueStride);
        bytes = static_cast<size_t>(next - begin) * sizeof(float);
    }
};

template <Simd S, typename Row>
class AttentionBlock {
public:
    AttentionBlock(const AttentionArgs& args, const AttentionScratch<S>& memory)
        : m_args(args),
          m_memory(memory),
          m_keyBytes(bytesOfRow(args.cache, args.keyDim)),
          m_valueBytes(bytesOfRow(args.cache, args.valueDim)) {}

    /// Tokens [first, first + count) of the call, all heads.
    void run(int64_t first, int64_t count) {
        m_first = first;
        m_pairs = count * m_args.group;
        begin();
        for (const KvSegment& segment : m_args.segments) {
            const KeyRange range = clip(segment, unionOfRanges(count));
            for (int64_t key = range.begin; key < range.end; key += kKeys)
                takeTile(segment, key, least(kKeys, range.end - key));
        }
        finish();
    }

    static constexpr int64_t kFewPairs = 8;  // up to here without panels

private:
    using F = typename S::F;
    using Scratch = AttentionScratch<S>;
    static constexpr int64_t kKeys = Scratch::kKeys;
    static constexpr float kHidden = -INFINITY;

    static int64_t bytesOfRow(CacheType cache, int64_t dim) {
        if (cache == CacheType::F32) return dim * 4;
        return cache == CacheType::F16 ? dim * 2 : (dim + 31) / 32 * 34;
    }

    [[nodiscard]] int64_t positionOf(int64_t token) const {
        return m_args.firstPosition + m_first + token;
    }

    /// What at least one token of the block sees: ranges move upwards with the position.
    [[nodiscard]] KeyRange unionOfRanges(int64_t count) const {
        return {visibleKeys(m_args, positionOf(0)).begin,
                visibleKeys(m_args, positionOf(count - 1)).end};
    }

    /// As indices into the segment.
    static KeyRange clip(const KvSegment& segment, KeyRange range) {
        const int64_t first = segment.firstPosition;
        return {most<int64_t>(0, range.begin - first), least(segment.count, range.end - first)};
    }

    void begin() {
        for (int64_t pair = 0; pair < m_pairs; ++pair) {
            const int64_t token = m_first + pair / m_args.group;
            const int64_t head = pair % m_args.group;
            const float* from =
                m_args.queries + token * m_args.queryRowStride + head * m_args.keyDim;
            float* to = m_memory.queries + pair * m_memory.keyStride;
            for (int64_t d = 0; d < m_args.keyDim; ++d) to[d] = from[d] * m_args.scale;
            for (int64_t d = m_args.keyDim; d < m_memory.keyStride; ++d) to[d] = 0.0f;
            m_memory.highest[pair] = kHidden;
            m_memory.totals[pair] = 0.0f;
        }
        memset(m_memory.sums, 0,
               static_cast<size_t>(m_pairs * m_memory.valueStride) * sizeof(float));
    }

    void finish() {
        for (int64_t pair = 0; pair < m_pairs; ++pair) {
            const int64_t token = m_first + pair / m_args.group;
            const int64_t head = pair % m_args.group;
            float* to = m_args.out + token * m_args.outRowStride + head * m_args.valueDim;
            const float total = m_memory.totals[pair];
            const F inverse = S::set(total > 0.0f ? 1.0f / total : 0.0f);
            const float* from = m_memory.sums + pair * m_memory.valueStride;
            map<S>(to, m_args.valueDim, [=](auto at) { return S::mul(at(from), inverse); });
        }
    }

    void takeTile(const KvSegment& segment, int64_t key, int64_t count) {
        const std::byte* keys = segment.keys + key * m_keyBytes;
        const std::byte* values = segment.values + key * m_valueBytes;
        const bool direct = m_pairs <= kFewPairs;
        if (direct)
            forHeads([&]<int kHeads>(int64_t pair) { directScores<kHeads>(pair, keys, count); });
        else
            panelScores(keys, count);
        bool anySeen = false;
        for (int64_t pair = 0; pair < m_pairs; ++pair)
            anySeen |= softmax(pair, segment.firstPosition + key, count);
        if (!anySeen) return;
        if (direct)
            forHeads([&]<int kHeads>(int64_t pair) { directValues<kHeads>(pair, values, count); });
        else
            panelValues(values, count);
    }

    /// Calls use<h>(first pair) for groups of four, then the rest.
    template <typename Use>
    void forHeads(Use use) {
        int64_t pair = 0;
        for (; pair + 4 <= m_pairs; pair += 4) use.template operator()<4>(pair);
        if (m_pairs - pair == 3) use.template operator()<3>(pair);
        if (m_pairs - pair == 2) use.template operator()<2>(pair);
        if (m_pairs - pair == 1) use.template operator()<1>(pair);
    }

    // ---- scores

    template <int kHeads>
    void directScores(int64_t pair, const std::byte* keys, int64_t count) {
        constexpr int kAtOnce = kHeads == 1 ? 4 : 2;  // keys: their chains run side by side
        int64_t key = 0;
        for (; key + kAtOnce <= count; key += kAtOnce)
            dotKeys<kHeads, kAtOnce>(pair, keys + key * m_keyBytes, key);
        for (; key < count; ++key) dotKeys<kHeads, 1>(pair, keys + key * m_keyBytes, key);
    }

    template <int kHeads, int kAtOnce>
    void dotKeys(int64_t pair, const std::byte* keys, int64_t key) {
        const int64_t dim = m_args.keyDim;
        const float* queries = m_memory.queries + pair * m_memory.keyStride;
        F sums[kHeads][kAtOnce];
        for (int h = 0; h < kHeads; ++h)
            for (int j = 0; j < kAtOnce; ++j) sums[h][j] = S::set(0.0f);
        auto step = [&](int64_t d, auto load) {
            F row[kAtOnce];
            for (int j = 0; j < kAtOnce; ++j) row[j] = load(keys + j * m_keyBytes);
            for (int h = 0; h < kHeads; ++h) {
                const F query = S::load(queries + h * m_memory.keyStride + d);
                for (int j = 0; j < kAtOnce; ++j) sums[h][j] = S::fma(query, row[j], sums[h][j]);
            }
        };
        int64_t d = 0;
        for (; d + S::kLanes <= dim; d += S::kLanes)
            step(d, [d](const std::byte* row) { return Row::at(row, d); });
        if (d < dim) step(d, [=](const std::byte* row) { return Row::part(row, d, dim - d); });
        for (int h = 0; h < kHeads; ++h)
            for (int j = 0; j < kAtOnce; ++j)
                m_memory.scores[(pair + h) * kKeys + key + j] = S::sum(sums[h][j]);
    }

    void panelScores(const std::byte* keys, int64_t count) {
        for (int64_t j = 0; j < count; ++j)
            convert(keys + j * m_keyBytes, m_args.keyDim, m_memory.rows + j * m_memory.keyStride);
        transposeRows<S>(m_memory.rows, m_memory.keyStride, count, m_args.keyDim, m_memory.keys,
                         kKeys);
        multiplyPanel<S>(m_memory.queries, m_memory.keyStride, m_pairs,
                         Panel{m_memory.keys, kKeys, m_args.keyDim}, kKeys, m_memory.scores, kKeys,
                         false);
    }

    /// A row of the cache as floats, filled up to whole registers with zeros.
    static void convert(const std::byte* row, int64_t dim, float* out) {
        int64_t d = 0;
        for (; d + S::kLanes <= dim; d += S::kLanes) S::store(out + d, Row::at(row, d));
        if (d < dim) S::store(out + d, Row::part(row, d, dim - d));
    }

    // ---- softmax

    /// Turns the scores of one pair into weights, those of hidden keys zero, and rescales what was
    /// summed before. `position` is that of the tile's first key. False: nothing in it is seen.
    bool softmax(int64_t pair, int64_t position, int64_t count) {
        const int64_t query = positionOf(pair / m_args.group);
        const KeyRange range = visibleKeys(m_args, query);
        const int64_t begin = least(kKeys, most<int64_t>(0, range.begin - position));
        const int64_t end = least(count, range.end - position);
        float* scores = m_memory.scores + pair * kKeys;
        if (begin >= end) {
            memset(scores, 0, kKeys * sizeof(float));
            return false;
        }
        adjust(scores, pair, query - position);
        for (int64_t key = 0; key < begin; ++key) scores[key] = kHidden;
        for (int64_t key = end; key < kKeys; ++key) scores[key] = kHidden;

        F upper = S::load(scores);
        for (int64_t key = S::kLanes; key < kKeys; key += S::kLanes)
            upper = S::max(upper, S::load(scores + key));
        const float before = m_memory.highest[pair];
        const float highest = most(before, S::highest(upper));
        const F shift = S::set(highest);
        F total = S::set(0.0f);
        for (int64_t key = 0; key < kKeys; key += S::kLanes) {
            const F weight = expOf<S>(S::sub(S::load(scores + key), shift));
            S::store(scores + key, weight);
            total = S::add(total, weight);
        }
        rescale(pair, before, highest);
        m_memory.totals[pair] += S::sum(total);
        return true;
    }

    /// Softcap and ALiBi. `distance` is the query's position minus that of the first key.
    void adjust(float* scores, int64_t pair, int64_t distance) const {
        if (m_args.softcap != 0.0f) {
            const F cap = S::set(m_args.softcap);
            const F inverse = S::set(1.0f / m_args.softcap);
            map<S>(scores, kKeys,
                   [=](auto at) { return S::mul(cap, tanhOf<S>(S::mul(at(scores), inverse))); });
        }
        if (m_args.alibiSlopes == nullptr) return;
        const float slope = m_args.alibiSlopes[pair % m_args.group];
        for (int64_t key = 0; key < kKeys; ++key) {
            const int64_t away = distance < key ? key - distance : distance - key;
            scores[key] -= slope * static_cast<float>(away);
        }
    }

    void rescale(int64_t pair, float before, float highest) {
        if (before == highest || before == kHidden) {
            m_memory.highest[pair] = highest;
            return;
        }
        const float factor = expf(before - highest);
        m_memory.highest[pair] = highest;
        m_memory.totals[pair] *= factor;
        const F factors = S::set(factor);
        float* sums = m_memory.sums + pair * m_memory.valueStride;
        for (int64_t d = 0; d < m_memory.valueStride; d += S::kLanes)
            S::store(sums + d, S::mul(S::load(sums + d), factors));
    }

    // ---- values

    template <int kHeads>
    void directValues(int64_t pair, const std::byte* values, int64_t count) {
        constexpr int kAtOnce = kHeads > 2 ? 2 : 4;  // registers of the row
        const int64_t dim = m_args.valueDim;
        int64_t d = 0;
        for (; d + kAtOnce * S::kLanes <= dim; d += kAtOnce * S::kLanes)
            addValues<kHeads, kAtOnce>(pair, d, values, count, [](const std::byte* row, int64_t i) {
                return Row::at(row, i);
            });
        for (; d + S::kLanes <= dim; d += S::kLanes)
            addValues<kHeads, 1>(pair, d, values, count,
                                 [](const std::byte* row, int64_t i) { return Row::at(row, i); });
        if (d < dim)
            addValues<kHeads, 1>(pair, d, values, count, [dim](const std::byte* row, int64_t i) {
                return Row::part(row, i, dim - i);
            });
    }

    template <int kHeads, int kAtOnce, typename Load>
    void addValues(int64_t pair, int64_t d, const std::byte* values, int64_t count, Load load) {
        const float* weights = m_memory.scores + pair * kKeys;
        float* out = m_memory.sums + pair * m_memory.valueStride + d;
        F sums[kHeads][kAtOnce];
        for (int h = 0; h < kHeads; ++h)
            for (int j = 0; j < kAtOnce; ++j)
                sums[h][j] = S::load(out + h * m_memory.valueStride + j * S::kLanes);
        for (int64_t key = 0; key < count; ++key) {
            const std::byte* row = values + key * m_valueBytes;
            F value[kAtOnce];
            for (int j = 0; j < kAtOnce; ++j) value[j] = load(row, d + j * S::kLanes);
            for (int h = 0; h < kHeads; ++h) {
                const F weight = S::set(weights[h * kKeys + key]);
                for (int j = 0; j < kAtOnce; ++j) sums[h][j] = S::fma(weight, value[j], sums[h][j]);
            }
        }
        for (int h = 0; h < kHeads; ++h)
            for (int j = 0; j < kAtOnce; ++j)
                S::store(out + h * m_memory.valueStride + j * S::kLanes, sums[h][j]);
    }

    void panelValues(const std::byte* values, int64_t count) {
        for (int64_t j = 0; j < count; ++j)
            convert(values + j * m_valueBytes, m_args.valueDim,
                    m_memory.values + j * m_memory.valueStride);
        multiplyPanel<S>(m_memory.scores, kKeys, m_pairs,
                         Panel{m_memory.values, m_memory.valueStride, count}, m_memory.valueStride,
                         m_memory.sums, m_memory.valueStride, true);
    }

    const AttentionArgs& m_args;
    const Scratch& m_memory;
    int64_t m_keyBytes;
    int64_t m_valueBytes;
    int64_t m_first = 0;  // token of the block
    int64_t m_pairs = 0;  // in the block
};

template <Simd S>
struct Attention {
    static constexpr int64_t kIndependentPairs = AttentionBlock<S, FloatRow<S>>::kFewPairs;

    static size_t scratchBytes(const AttentionArgs& args) {
        return AttentionScratch<S>(args, nullptr).bytes;
    }

    template <typename Row>
    static void runBlocks(const AttentionArgs& args, std::byte* scratch) {
        const AttentionScratch<S> memory(args, scratch);
        AttentionBlock<S, Row> block(args, memory);
        const int64_t tokens = memory.pairs / args.group;
        for (int64_t first = 0; first < args.rows; first += tokens)
            block.run(first, least(tokens, args.rows - first));
    }

    static void run(const AttentionArgs& args, std::byte* scratch) {
        switch (args.cache) {
            case CacheType::F32:
                return runBlocks<FloatRow<S>>(args, scratch);
            case CacheType::F16:
                return runBlocks<HalfRow<S>>(args, scratch);
            case CacheType::Q8_0:
                return runBlocks<Q8Row<S>>(args, scratch);
        }
    }

    static void storeCacheRow(CacheType cache, const float* in, std::byte* out, int64_t dim) {
        if (cache == CacheType::F32) {
            memcpy(out, in, static_cast<size_t>(dim) * sizeof(float));
            return;
        }
        if (cache == CacheType::F16) {
            int64_t d = 0;
            for (; d + S::kLanes <= dim; d += S::kLanes) S::storeHalf(out + d * 2, S::load(in + d));
            for (; d < dim; ++d) {
                const uint16_t bits = S::floatToHalf(in[d]);
                memcpy(out + d * 2, &bits, sizeof bits);
            }
            return;
        }
        for (int64_t d = 0; d < dim; d += 32, out += 34) {
            alignas(64) float values[32] = {};
            memcpy(values, in + d,
                   static_cast<size_t>(least<int64_t>(32, dim - d)) * sizeof(float));
            storeGroup(values, out);
        }
    }

private:
    static void storeGroup(const float* values, std::byte* out) {
        auto largest = S::set(0.0f);
        auto nothing = S::set(0.0f);  // stays so, unless a value is no number: max loses those
        for (int64_t i = 0; i < 32; i += S::kLanes) {
            const auto v = S::load(values + i);
            largest = S::max(largest, S::abs(v));
            nothing = S::fma(v, S::set(0.0f), nothing);
        }
        const float scale = S::highest(largest) / 127.0f + S::sum(nothing);
        const auto inverse = S::set(scale > 0.0f ? 1.0f / scale : 0.0f);
        const uint16_t bits = S::floatToHalf(scale);
        memcpy(out, &bits, sizeof bits);
        for (int64_t i = 0; i < 32; i += S::kLanes)
            S::storeInt8(out + 2 + i, S::mul(S::load(values + i), inverse));
    }
};

}  // namespace
}  // namespace alcove::engine
