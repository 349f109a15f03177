// The vector indexes of a library, one for each embedder, kept in step with the database.
//
// The database is the truth. An index is loaded from its file, or made anew where that is missing,
// broken or mostly of removed chunks; then it gets what it lacks and loses what is gone. It may be
// saved at any time, or never: what a killed process did not save is added again at the next start.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "rag/store/chunk_store.h"
#include "rag/store/sqlite.h"
#include "rag/vector/vector_index.h"

namespace alcove::rag {

class EmbedderIndexes {
public:
    /// `pool` may be null; it is used while indexes are made, by the thread that calls.
    EmbedderIndexes(std::filesystem::path folder, std::string cpu, ThreadPool* pool)
        : m_folder(std::move(folder)), m_cpu(std::move(cpu)), m_pool(pool) {}

    /// Brings all to what the database says. `notes` gets a sentence for each file that was of no
    /// use.
    [[nodiscard]] Result<void> load(Database& database, std::vector<std::string>& notes);
    /// Forgets all and makes them from the stored vectors.
    [[nodiscard]] Result<void> rebuild(Database& database);
    /// Writes those that changed since they were read or written.
    [[nodiscard]] Result<void> save();

    /// Null: no vectors of this embedder are known. Shared, since a rebuilt one may take its place
    /// while it is being searched.
    [[nodiscard]] std::shared_ptr<const VectorIndex> find(const EmbedderKey& embedder) const;
    [[nodiscard]] Result<void> add(const EmbedderKey& embedder, std::span<const ChunkId> chunks,
                                   std::span<const float> vectors);
    /// From all of them.
    void remove(std::span<const ChunkId> chunks);
    /// The index and its file.
    void forget(const EmbedderKey& embedder);
    /// A sentence for each index that does not hold what the database does, and for each file that
    /// is damaged.
    [[nodiscard]] Result<void> verify(Database& database, std::vector<std::string>& findings) const;

private:
    struct Entry {
        std::shared_ptr<VectorIndex> index;
        bool changed = false;
    };

    [[nodiscard]] static Result<std::vector<std::pair<int64_t, EmbedderKey>>> known(
        Database& database);
    [[nodiscard]] VectorIndexOptions options() const { return {m_cpu, 0, 0}; }
    [[nodiscard]] std::filesystem::path file(const EmbedderKey& embedder) const;
    [[nodiscard]] uint64_t tag(const EmbedderKey& embedder) const;
    [[nodiscard]] Result<Entry> open(Database& database, int64_t id, const EmbedderKey& embedder,
                                     bool fromFile, std::vector<std::string>& notes);
    [[nodiscard]] Result<void> loadAll(Database& database, bool fromFile,
                                       std::vector<std::string>& notes);

    std::filesystem::path m_folder;
    std::string m_cpu;
    ThreadPool* m_pool;
    int64_t m_identity = 0;                  // of the library
    mutable std::mutex m_mutex;              // guards the map, not the indexes in it
    std::map<std::string, Entry> m_entries;  // by name of the embedder
};

}  // namespace alcove::rag
