// Keys and values of one sequence, for every layer of a model.
//
// A layer's keys lie head after head, each head's rows in the order of positions: decoding streams
// them. Layers with full attention have a row for each position of the context. Layers with a
// sliding window keep a ring just long enough for the window and one batch; rows further back are
// overwritten, so going back needs a checkpoint: a copy of the window's rows at a chosen length. A
// row holds cacheRowBytes() bytes.
//
// A batch first reserves its positions, then each layer stores its rows, and commit() makes them
// count; without commit() (cancelled) the cache is as it was.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/cpu/kernels.h"

namespace alcove::engine {

struct CacheLayerShape {
    int64_t heads = 0;  // KV heads
    int64_t keyDim = 0;
    int64_t valueDim = 0;
    int64_t window = 0;  // 0: all positions are kept

    bool operator==(const CacheLayerShape&) const = default;
};

class KvCache {
public:
    /// Fails when there is not enough memory. `batch`: the most rows stored at once.
    static Result<std::unique_ptr<KvCache>> create(std::span<const CacheLayerShape> layers,
                                                   int64_t capacity, int64_t batch, CacheType type);

    [[nodiscard]] CacheType type() const { return m_type; }
    [[nodiscard]] int64_t length() const { return m_length; }
    [[nodiscard]] int64_t capacity() const { return m_capacity; }
    [[nodiscard]] uint64_t bytes() const { return m_bytes; }

    // ---- a batch
    /// Positions [length, length + count) will be stored.
    void reserve(int64_t count);
    /// Where the row of a position is, for storeCacheRow.
    [[nodiscard]] std::byte* keyRow(size_t layer, int64_t head, int64_t position);
    [[nodiscard]] std::byte* valueRow(size_t layer, int64_t head, int64_t position);
    /// Rows of positions [begin, end), ascending, in one or two segments.
    void view(size_t layer, int64_t head, int64_t begin, int64_t end, KvSegment out[2]) const;
    void commit(int64_t count) { m_length += count; }

    // ---- going back
    void checkpoint();
    /// The greatest length ≤ `length` that can be gone on from exactly; the cache now has it.
    int64_t truncate(int64_t length);

    /// Takes the rows of positions [0, length) from another cache, which holds as many. False, and
    /// nothing was changed: the other is of another shape, or has overwritten what is needed.
    bool copyFrom(const KvCache& other, int64_t length);

    // ---- saving: the rows that matter of all layers, in a fixed order
    [[nodiscard]] uint64_t savedBytes(int64_t length) const;
    void save(std::byte* out) const;
    /// `in` holds savedBytes(length) bytes.
    void restore(const std::byte* in, int64_t length);

private:
    struct Layer {
        CacheLayerShape shape;
        int64_t rows = 0;                      // a head's: the capacity, or the ring's length
        int64_t keyBytes = 0, valueBytes = 0;  // of a row
        std::byte* keys = nullptr;
        std::byte* values = nullptr;

        [[nodiscard]] int64_t slot(int64_t position) const {
            return shape.window ? position % rows : position;
        }
    };
    struct Checkpoint {
        int64_t length = 0;
        std::vector<std::byte> rows;
    };
    struct Free {
        void operator()(std::byte* memory) const;
    };

    KvCache() = default;
    /// First position whose row a continuation at `length` reads in this layer.
    [[nodiscard]] static int64_t firstNeeded(const Layer& layer, int64_t length);
    [[nodiscard]] uint64_t copiedBytes(int64_t length, bool windowsOnly) const;
    /// Copies rows of positions [firstNeeded, length) out of, or into, the layers.
    template <typename Copy>
    void eachRow(int64_t length, bool windowsOnly, Copy copy) const;

    std::vector<Layer> m_layers;
    std::unique_ptr<std::byte, Free> m_memory;
    std::vector<Checkpoint> m_checkpoints;  // ascending lengths
    CacheType m_type = CacheType::F16;
    int64_t m_capacity = 0;
    int64_t m_length = 0;
    int64_t m_intactFrom = 0;  // rings hold the rows of positions [m_intactFrom, m_length)
    uint64_t m_bytes = 0;
    bool m_windows = false;
};

}  // namespace alcove::engine
