#include "rag/store/embedder_indexes.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iterator>

#include "engine/base/checksum.h"

namespace alcove::rag {
namespace {

constexpr size_t kBatch = 8192;       // vectors read at once
constexpr size_t kFewRemoved = 1000;  // not worth a new index

Result<std::vector<ChunkId>> storedIds(Database& database, int64_t embedder) {
    ALCOVE_TRY(const auto select,
               database.statement("SELECT chunk FROM vectors WHERE embedder = ?1 ORDER BY chunk"));
    select->bind(1, embedder);
    std::vector<ChunkId> ids;
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return ids;
        ids.push_back(select->integer(0));
    }
}

Result<void> addStored(Database& database, std::span<const ChunkId> ids, size_t dimension,
                       VectorIndex& index, ThreadPool* pool) {
    ALCOVE_TRY(const auto select,
               database.statement("SELECT vector FROM vectors WHERE chunk = ?1"));
    while (!ids.empty()) {
        const auto batch = ids.first(std::min(kBatch, ids.size()));
        std::vector<float> vectors(batch.size() * dimension);
        for (size_t i = 0; i < batch.size(); ++i) {
            select->bind(1, batch[i]);
            ALCOVE_TRY(const bool row, select->step());
            const auto blob = row ? select->blob(0) : std::span<const std::byte>();
            if (blob.size() != dimension * sizeof(float))
                return fail("the vector of chunk ", batch[i], " has ", blob.size(),
                            " bytes instead of ", dimension * sizeof(float),
                            ": the library is damaged");
            std::memcpy(vectors.data() + i * dimension, blob.data(), blob.size());
            select->reset();
        }
        ALCOVE_CHECK(index.add(batch, vectors, pool));
        ids = ids.subspan(batch.size());
    }
    return {};
}

}  // namespace

std::filesystem::path EmbedderIndexes::file(const EmbedderKey& embedder) const {
    char name[32];
    const uint64_t hash = checksum(std::as_bytes(std::span(embedder.name)));
    std::snprintf(name, sizeof name, "vectors-%016llx.index",
                  static_cast<unsigned long long>(hash));
    return m_folder / name;
}

uint64_t EmbedderIndexes::tag(const EmbedderKey& embedder) const {
    const uint64_t library = checksum(std::as_bytes(std::span(&m_identity, 1)));
    return checksum(std::as_bytes(std::span(embedder.name)), library);
}

Result<EmbedderIndexes::Entry> EmbedderIndexes::open(Database& database, int64_t id,
                                                     const EmbedderKey& embedder, bool fromFile,
                                                     std::vector<std::string>& notes) {
    ALCOVE_TRY(const std::vector<ChunkId> stored, storedIds(database, id));
    std::unique_ptr<VectorIndex> index;
    const std::filesystem::path path = file(embedder);
    std::error_code ignored;
    if (fromFile && std::filesystem::exists(path, ignored)) {
        auto loaded = VectorIndex::load(path, embedder.dimension, tag(embedder), options());
        if (loaded)
            index = std::move(*loaded);
        else
            notes.push_back(loaded.message() + "; it is made again from the stored vectors");
    }
    std::vector<ChunkId> lacking = stored, gone;
    if (index != nullptr) {
        const std::vector<ChunkId> held = index->ids();
        lacking.clear();
        std::set_difference(stored.begin(), stored.end(), held.begin(), held.end(),
                            std::back_inserter(lacking));
        std::set_difference(held.begin(), held.end(), stored.begin(), stored.end(),
                            std::back_inserter(gone));
        // What was removed keeps its room and its links; beyond half, a new one is better.
        if (index->removed() + gone.size() > kFewRemoved + stored.size()) {
            index.reset();
            lacking = stored;
            gone.clear();
        }
    }
    if (index == nullptr) {
        ALCOVE_TRY(index, VectorIndex::create(embedder.dimension, options()));
    }
    index->remove(gone);
    auto added = addStored(database, lacking, embedder.dimension, *index, m_pool);
    if (!added && lacking.size() < stored.size()) {
        // It may know them as removed: their vectors were another embedder's for a time.
        ALCOVE_TRY(index, VectorIndex::create(embedder.dimension, options()));
        added = addStored(database, stored, embedder.dimension, *index, m_pool);
    }
    if (!added) return added.error();
    Entry entry;
    entry.changed = !lacking.empty() || !gone.empty();
    entry.index = std::move(index);
    return entry;
}

Result<std::vector<std::pair<int64_t, EmbedderKey>>> EmbedderIndexes::known(Database& database) {
    std::vector<std::pair<int64_t, EmbedderKey>> embedders;
    ALCOVE_TRY(const auto select, database.statement("SELECT id, name, dimension FROM embedders"));
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return embedders;
        embedders.emplace_back(
            select->integer(0),
            EmbedderKey{std::string(select->text(1)), static_cast<size_t>(select->integer(2))});
    }
}

Result<void> EmbedderIndexes::loadAll(Database& database, bool fromFile,
                                      std::vector<std::string>& notes) {
    ALCOVE_TRY(m_identity, database.number("SELECT identity FROM library"));
    ALCOVE_TRY(const auto embedders, known(database));
    for (const auto& [id, embedder] : embedders) {
        ALCOVE_TRY(Entry entry, open(database, id, embedder, fromFile, notes));
        const std::scoped_lock lock(m_mutex);
        m_entries[embedder.name] = std::move(entry);
    }
    return {};
}

Result<void> EmbedderIndexes::load(Database& database, std::vector<std::string>& notes) {
    return loadAll(database, true, notes);
}

Result<void> EmbedderIndexes::rebuild(Database& database) {
    std::vector<std::string> none;
    ALCOVE_CHECK(loadAll(database, false, none));
    const std::scoped_lock lock(m_mutex);
    for (auto& [name, entry] : m_entries) entry.changed = true;
    return {};
}

Result<void> EmbedderIndexes::save() {
    const std::scoped_lock lock(m_mutex);
    for (auto& [name, entry] : m_entries) {
        if (!entry.changed) continue;
        const EmbedderKey key{name, 0};
        ALCOVE_CHECK(entry.index->save(file(key), tag(key)));
        entry.changed = false;
    }
    return {};
}

std::shared_ptr<const VectorIndex> EmbedderIndexes::find(const EmbedderKey& embedder) const {
    const std::scoped_lock lock(m_mutex);
    const auto found = m_entries.find(embedder.name);
    return found == m_entries.end() ? nullptr : found->second.index;
}

Result<void> EmbedderIndexes::add(const EmbedderKey& embedder, std::span<const ChunkId> chunks,
                                  std::span<const float> vectors) {
    // A few at a time: who searches meanwhile waits for these alone.
    constexpr size_t kAtOnce = 16;
    while (!chunks.empty()) {
        const size_t count = std::min(kAtOnce, chunks.size());
        std::shared_ptr<VectorIndex> index;
        {
            const std::scoped_lock lock(m_mutex);
            Entry& entry = m_entries[embedder.name];
            if (entry.index == nullptr) {
                ALCOVE_TRY(entry.index, VectorIndex::create(embedder.dimension, options()));
            }
            index = entry.index;
        }
        ALCOVE_CHECK(index->add(chunks.first(count), vectors.first(count * embedder.dimension)));
        {
            const std::scoped_lock lock(m_mutex);
            m_entries[embedder.name].changed = true;
        }
        chunks = chunks.subspan(count);
        vectors = vectors.subspan(count * embedder.dimension);
    }
    return {};
}

void EmbedderIndexes::forget(const EmbedderKey& embedder) {
    const std::scoped_lock lock(m_mutex);
    m_entries.erase(embedder.name);
    std::error_code ignored;
    std::filesystem::remove(file(embedder), ignored);
}

Result<void> EmbedderIndexes::verify(Database& database, std::vector<std::string>& findings) const {
    ALCOVE_TRY(const auto embedders, known(database));
    for (const auto& [id, embedder] : embedders) {
        ALCOVE_TRY(const std::vector<ChunkId> stored, storedIds(database, id));
        const std::shared_ptr<const VectorIndex> index = find(embedder);
        if ((index == nullptr ? std::vector<ChunkId>() : index->ids()) != stored)
            findings.push_back(concat("the vector index of ", embedder.name,
                                      " does not hold what the library does; rebuild it"));
        const std::filesystem::path path = file(embedder);
        std::error_code ignored;
        if (!std::filesystem::exists(path, ignored)) continue;  // made anew when it is needed
        const auto loaded = VectorIndex::load(path, embedder.dimension, tag(embedder), options());
        if (!loaded) findings.push_back(loaded.message() + "; rebuild the library");
    }
    return {};
}

void EmbedderIndexes::remove(std::span<const ChunkId> chunks) {
    const std::scoped_lock lock(m_mutex);
    for (auto& [name, entry] : m_entries) {
        if (entry.index == nullptr) continue;
        entry.index->remove(chunks);
        entry.changed = true;
    }
}

}  // namespace alcove::rag
