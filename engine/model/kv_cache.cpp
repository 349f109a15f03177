#include "engine/model/kv_cache.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>

namespace alcove::engine {
namespace {

constexpr size_t kCheckpoints = 4;
constexpr uint64_t kAlignment = 64;

uint64_t aligned(uint64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

void KvCache::Free::operator()(std::byte* memory) const { std::free(memory); }

Result<std::unique_ptr<KvCache>> KvCache::create(std::span<const CacheLayerShape> layers,
                                                 int64_t capacity, int64_t batch, CacheType type) {
    std::unique_ptr<KvCache> cache(new KvCache);
    cache->m_type = type;
    cache->m_capacity = capacity;
    std::vector<uint64_t> offsets;
    uint64_t total = kAlignment;
    int64_t shortestRing = capacity;
    for (const CacheLayerShape& shape : layers) {
        Layer layer;
        layer.shape = shape;
        layer.rows = shape.window ? std::min(capacity, shape.window + batch) : capacity;
        if (layer.rows == capacity) layer.shape.window = 0;  // nothing is ever overwritten
        if (layer.shape.window) shortestRing = std::min(shortestRing, layer.rows);
        layer.keyBytes = static_cast<int64_t>(cacheRowBytes(type, shape.keyDim));
        layer.valueBytes = static_cast<int64_t>(cacheRowBytes(type, shape.valueDim));
        cache->m_windows |= layer.shape.window > 0;
        for (const int64_t row : {layer.keyBytes, layer.valueBytes}) {
            offsets.push_back(total);
            total += aligned(static_cast<uint64_t>(shape.heads * layer.rows * row));
        }
        cache->m_layers.push_back(layer);
    }
    // calloc: pages the session never reaches are never touched, so they take no memory.
    cache->m_memory.reset(static_cast<std::byte*>(std::calloc(total, 1)));
    if (!cache->m_memory)
        return fail(
            "a context of ", capacity, " tokens needs ", total >> 20,
            " MiB for keys and values, which the system refused; ask for a shorter context");
    cache->m_bytes = total;
    std::byte* start = cache->m_memory.get();
    start += (kAlignment - reinterpret_cast<uintptr_t>(start) % kAlignment) % kAlignment;
    for (size_t i = 0; i < cache->m_layers.size(); ++i) {
        cache->m_layers[i].keys = start + (offsets[2 * i] - kAlignment);
        cache->m_layers[i].values = start + (offsets[2 * i + 1] - kAlignment);
    }
    return cache;
}

void KvCache::reserve(int64_t count) {
    assert(m_length + count <= m_capacity);
    for (const Layer& layer : m_layers)
        if (layer.shape.window)
            m_intactFrom = std::max(m_intactFrom, m_length + count - layer.rows);
}

std::byte* KvCache::keyRow(size_t layer, int64_t head, int64_t position) {
    const Layer& l = m_layers[layer];
    return l.keys + (head * l.rows + l.slot(position)) * l.keyBytes;
}

std::byte* KvCache::valueRow(size_t layer, int64_t head, int64_t position) {
    const Layer& l = m_layers[layer];
    return l.values + (head * l.rows + l.slot(position)) * l.valueBytes;
}

void KvCache::view(size_t layer, int64_t head, int64_t begin, int64_t end, KvSegment out[2]) const {
    const Layer& l = m_layers[layer];
    assert(end - begin <= l.rows);
    const int64_t slot = l.slot(begin);
    const int64_t first = std::min(end - begin, l.rows - slot);  // until the ring wraps
    const std::byte* keys = l.keys + head * l.rows * l.keyBytes;
    const std::byte* values = l.values + head * l.rows * l.valueBytes;
    out[0] = {keys + slot * l.keyBytes, values + slot * l.valueBytes, first, begin};
    out[1] = {keys, values, end - begin - first, begin + first};
}

int64_t KvCache::firstNeeded(const Layer& layer, int64_t length) {
    return layer.shape.window ? std::max<int64_t>(0, length - layer.shape.window + 1) : 0;
}

template <typename Copy>
void KvCache::eachRow(int64_t length, bool windowsOnly, Copy copy) const {
    for (const Layer& layer : m_layers) {
        if (windowsOnly && !layer.shape.window) continue;
        for (int64_t head = 0; head < layer.shape.heads; ++head) {
            int64_t position = firstNeeded(layer, length);
            while (position < length) {  // runs of rows that lie together
                const int64_t slot = layer.slot(position);
                const int64_t run = std::min(length - position, layer.rows - slot);
                copy(layer.keys + (head * layer.rows + slot) * layer.keyBytes,
                     run * layer.keyBytes);
                copy(layer.values + (head * layer.rows + slot) * layer.valueBytes,
                     run * layer.valueBytes);
                position += run;
            }
        }
    }
}

uint64_t KvCache::copiedBytes(int64_t length, bool windowsOnly) const {
    uint64_t bytes = 0;
    for (const Layer& layer : m_layers)
        if (!windowsOnly || layer.shape.window)
            bytes += static_cast<uint64_t>((length - firstNeeded(layer, length)) *
                                           layer.shape.heads * (layer.keyBytes + layer.valueBytes));
    return bytes;
}

void KvCache::checkpoint() {
    if (!m_windows || m_length == 0) return;
    std::erase_if(m_checkpoints, [&](const Checkpoint& c) { return c.length == m_length; });
    if (m_checkpoints.size() >= kCheckpoints) m_checkpoints.erase(m_checkpoints.begin());
    Checkpoint made{m_length, std::vector<std::byte>(copiedBytes(m_length, true))};
    std::byte* out = made.rows.data();
    eachRow(m_length, true, [&](const std::byte* rows, int64_t bytes) {
        std::memcpy(out, rows, static_cast<size_t>(bytes));
        out += bytes;
    });
    m_checkpoints.push_back(std::move(made));
}

int64_t KvCache::truncate(int64_t length) {
    length = std::clamp<int64_t>(length, 0, m_length);
    std::erase_if(m_checkpoints, [&](const Checkpoint& c) { return c.length > length; });
    int64_t needed = length;
    for (const Layer& layer : m_layers)
        if (layer.shape.window) needed = std::min(needed, firstNeeded(layer, length));
    if (needed < m_intactFrom) {
        length = m_checkpoints.empty() ? 0 : m_checkpoints.back().length;
        if (length > 0) {
            const std::byte* in = m_checkpoints.back().rows.data();
            eachRow(length, true, [&](std::byte* rows, int64_t bytes) {
                std::memcpy(rows, in, static_cast<size_t>(bytes));
                in += bytes;
            });
        }
        m_intactFrom = 0;
        for (const Layer& layer : m_layers)
            m_intactFrom = std::max(m_intactFrom, firstNeeded(layer, length));
    }
    m_length = length;
    if (length == 0) m_intactFrom = 0;
    return length;
}

bool KvCache::copyFrom(const KvCache& other, int64_t length) {
    if (m_type != other.m_type || m_capacity != other.m_capacity ||
        m_layers.size() != other.m_layers.size() || length > other.m_length)
        return false;
    for (size_t i = 0; i < m_layers.size(); ++i) {
        const Layer &to = m_layers[i], &from = other.m_layers[i];
        if (to.shape != from.shape || to.rows != from.rows) return false;
        if (from.shape.window && firstNeeded(from, length) < other.m_intactFrom) return false;
    }
    m_checkpoints.clear();
    m_intactFrom = 0;
    for (size_t i = 0; i < m_layers.size(); ++i) {
        const Layer &to = m_layers[i], &from = other.m_layers[i];
        m_intactFrom = std::max(m_intactFrom, firstNeeded(to, length));
        for (int64_t head = 0; head < to.shape.heads; ++head)
            for (int64_t position = firstNeeded(to, length); position < length;) {
                const int64_t slot = to.slot(position);
                const int64_t run = std::min(length - position, to.rows - slot);
                const int64_t at = head * to.rows + slot;
                std::memcpy(to.keys + at * to.keyBytes, from.keys + at * to.keyBytes,
                            static_cast<size_t>(run * to.keyBytes));
                std::memcpy(to.values + at * to.valueBytes, from.values + at * to.valueBytes,
                            static_cast<size_t>(run * to.valueBytes));
                position += run;
            }
    }
    m_length = length;
    return true;
}

uint64_t KvCache::savedBytes(int64_t length) const { return copiedBytes(length, false); }

void KvCache::save(std::byte* out) const {
    eachRow(m_length, false, [&](const std::byte* rows, int64_t bytes) {
        std::memcpy(out, rows, static_cast<size_t>(bytes));
        out += bytes;
    });
}

void KvCache::restore(const std::byte* in, int64_t length) {
    m_checkpoints.clear();
    eachRow(length, false, [&](std::byte* rows, int64_t bytes) {
        std::memcpy(rows, in, static_cast<size_t>(bytes));
        in += bytes;
    });
    m_length = length;
    m_intactFrom = 0;
    for (const Layer& layer : m_layers)
        m_intactFrom = std::max(m_intactFrom, firstNeeded(layer, length));
}

}  // namespace alcove::engine
