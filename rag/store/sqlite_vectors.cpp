// Vectors that come after their documents: of large ones, and of all when the embedder changes.
#include <utility>

#include "rag/store/rows.h"
#include "rag/store/sqlite_store.h"

namespace alcove::rag {

Result<std::vector<LackingDocument>> SqliteStore::lackingVectors(const EmbedderKey& embedder) {
    const std::scoped_lock lock(m_writer.mutex);
    ALCOVE_TRY(const auto select,
               m_writer.database.statement(
                   "SELECT document, count(*) FROM chunks LEFT JOIN vectors ON vectors.chunk = "
                   "chunks.id WHERE vectors.chunk IS NULL OR vectors.embedder IS NOT "
                   "(SELECT id FROM embedders WHERE name = ?1) GROUP BY document"));
    select->bind(1, embedder.name);
    std::vector<LackingDocument> lacking;
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return lacking;
        lacking.push_back({select->integer(0), static_cast<uint64_t>(select->integer(1))});
    }
}

Result<std::vector<ChunkId>> SqliteStore::chunksLackingVectors(const EmbedderKey& embedder,
                                                               DocumentId document) {
    const std::scoped_lock lock(m_writer.mutex);
    ALCOVE_TRY(const auto select,
               m_writer.database.statement(
                   "SELECT chunks.id FROM chunks LEFT JOIN vectors ON vectors.chunk = chunks.id "
                   "WHERE document = ?2 AND (vectors.chunk IS NULL OR vectors.embedder IS NOT "
                   "(SELECT id FROM embedders WHERE name = ?1)) ORDER BY ordinal"));
    select->bind(1, embedder.name).bind(2, document);
    std::vector<ChunkId> ids;
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return ids;
        ids.push_back(select->integer(0));
    }
}

Result<void> SqliteStore::putVectors(const EmbedderKey& embedder, std::span<const ChunkId> chunks,
                                     std::span<const float> vectors) {
    if (vectors.size() != chunks.size() * embedder.dimension)
        return fail(vectors.size(), " values are not ", chunks.size(), " vectors of ",
                    embedder.dimension);
    const std::scoped_lock lock(m_writer.mutex);
    Database& database = m_writer.database;
    std::vector<ChunkId> kept;
    std::vector<float> rows;
    ALCOVE_TRY(Transaction transaction, Transaction::begin(database));
    ALCOVE_TRY(const int64_t id, embedderId(database, embedder));
    {
        ALCOVE_TRY(const auto there, database.statement("SELECT 1 FROM chunks WHERE id = ?1"));
        ALCOVE_TRY(const auto insert, database.statement("INSERT OR REPLACE INTO vectors (chunk, "
                                                         "embedder, vector) VALUES (?1, ?2, ?3)"));
        for (size_t i = 0; i < chunks.size(); ++i) {
            ALCOVE_TRY(const bool row, there->bind(1, chunks[i]).step());
            if (!row) continue;  // removed meanwhile
            there->reset();
            const auto vector = vectors.subspan(i * embedder.dimension, embedder.dimension);
            insert->bind(1, chunks[i]).bind(2, id).bind(3, std::as_bytes(vector));
            ALCOVE_CHECK(insert->run());
            kept.push_back(chunks[i]);
            rows.insert(rows.end(), vector.begin(), vector.end());
        }
    }
    ALCOVE_CHECK(transaction.commit());
    m_indexes.remove(kept);  // from that of another embedder
    // An index takes no id a second time, as when an embedder comes back.
    if (!m_indexes.add(embedder, kept, rows)) return m_indexes.rebuild(database);
    return {};
}

Result<void> SqliteStore::forgetUnusedEmbedders() {
    const std::scoped_lock lock(m_writer.mutex);
    Database& database = m_writer.database;
    std::vector<std::pair<int64_t, EmbedderKey>> unused;
    {
        ALCOVE_TRY(const auto select,
                   database.statement("SELECT id, name, dimension FROM embedders WHERE NOT EXISTS "
                                      "(SELECT 1 FROM vectors WHERE embedder = embedders.id)"));
        for (;;) {
            ALCOVE_TRY(const bool row, select->step());
            if (!row) break;
            unused.emplace_back(
                select->integer(0),
                EmbedderKey{std::string(select->text(1)), static_cast<size_t>(select->integer(2))});
        }
    }
    for (const auto& [id, embedder] : unused) {
        ALCOVE_TRY(const auto erase, database.statement("DELETE FROM embedders WHERE id = ?1"));
        ALCOVE_CHECK(erase->bind(1, id).run());
        m_indexes.forget(embedder);
    }
    return {};
}

}  // namespace alcove::rag
