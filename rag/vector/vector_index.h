// Ids with vectors; finds the ids whose vectors point most nearly where a query points (cosine).
//
// It is a cache: the store keeps the vectors, and an index that is missing, broken or too old is
// made from them again. Inside, vectors are codes of 8 bits, so what it finds are candidates: ask
// for several times what is needed, and let the store's exact vectors decide their order.
//
// find() may run on several threads at once; what changes the index waits for them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "rag/id_ranges.h"

namespace alcove::rag {

struct VectorIndexOptions {
    std::string_view cpu;     // as selectDistances() takes it
    uint32_t neighbours = 0;  // links of a vector (M); 0: what bench-index found good
    uint32_t breadth = 0;     // of the search for them (efConstruction); 0: likewise
};

struct VectorHit {
    int64_t id = 0;
    float score = 0;  // cosine, of the codes
};

class VectorIndex {
public:
    using Options = VectorIndexOptions;

    /// `dimension` is at most kMostDimensions.
    static Result<std::unique_ptr<VectorIndex>> create(size_t dimension, Options options = {});
    /// What save() wrote. An error for anything that is not whole and of this dimension and `tag`,
    /// and no more than an error: rebuild it then.
    static Result<std::unique_ptr<VectorIndex>> load(const std::filesystem::path& path,
                                                     size_t dimension, uint64_t tag,
                                                     Options options = {});
    virtual ~VectorIndex() = default;

    /// `vectors` holds one row for each id. Ids are not negative and new, also among the removed:
    /// an error names the first that is not. After an error none or some were added.
    [[nodiscard]] virtual Result<void> add(std::span<const int64_t> ids,
                                           std::span<const float> vectors,
                                           ThreadPool* pool = nullptr) = 0;
    /// Ids that it does not hold are passed over.
    virtual void remove(std::span<const int64_t> ids) = 0;

    /// The `count` nearest, the nearest first; with `allowed`, of these ids alone.
    [[nodiscard]] virtual std::vector<VectorHit> find(std::span<const float> query, size_t count,
                                                      const IdRanges* allowed = nullptr) const = 0;

    [[nodiscard]] virtual size_t size() const = 0;     // without the removed
    [[nodiscard]] virtual size_t removed() const = 0;  // they take room until it is made again
    [[nodiscard]] virtual std::vector<int64_t> ids() const = 0;  // ascending, without the removed
    [[nodiscard]] virtual size_t memory() const = 0;             // bytes, nearly

    /// Written whole or not at all. `tag` says which vectors these are.
    [[nodiscard]] virtual Result<void> save(const std::filesystem::path& path,
                                            uint64_t tag) const = 0;

    static constexpr size_t kMostDimensions = 1 << 16;
};

}  // namespace alcove::rag
