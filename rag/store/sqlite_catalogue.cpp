// What the embedded store was told to hold, and what became of files that are not in it.
#include "rag/store/rows.h"
#include "rag/store/sqlite_store.h"

namespace alcove::rag {

Result<std::vector<CollectionRecord>> SqliteStore::collections() {
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const auto select,
               m_reader.database.statement(
                   "SELECT collections.id, name, embedder, model, path, excluded FROM collections "
                   "LEFT JOIN roots ON roots.collection = collections.id ORDER BY name, roots.id"));
    std::vector<CollectionRecord> records;
    int64_t before = 0;
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return records;
        if (const int64_t id = select->integer(0); records.empty() || id != before) {
            before = id;
            CollectionRecord& record = records.emplace_back();
            record.name = select->text(1);
            record.embedder = select->text(2);
            record.model = select->text(3);
        }
        std::string path(select->text(4));
        if (path.empty()) continue;  // no root
        CollectionRecord& record = records.back();
        (select->integer(5) != 0 ? record.excluded : record.roots).push_back(std::move(path));
    }
}

Result<void> SqliteStore::addPath(const std::string& collection, const std::string& path,
                                  bool excluded) {
    const std::scoped_lock lock(m_writer.mutex);
    Database& database = m_writer.database;
    ALCOVE_TRY(Transaction transaction, Transaction::begin(database));
    ALCOVE_TRY(const int64_t id, collectionId(database, collection));
    {
        ALCOVE_TRY(const auto insert,
                   database.statement("INSERT INTO roots (collection, path, excluded) "
                                      "VALUES (?1, ?2, ?3) ON CONFLICT (collection, path) "
                                      "DO UPDATE SET excluded = excluded.excluded"));
        insert->bind(1, id).bind(2, path).bind(3, int64_t{excluded});
        ALCOVE_CHECK(insert->run());
    }
    return transaction.commit();
}

Result<void> SqliteStore::addRoot(const std::string& collection, const std::string& path) {
    return addPath(collection, path, false);
}

Result<void> SqliteStore::exclude(const std::string& collection, const std::string& path) {
    return addPath(collection, path, true);
}

Result<void> SqliteStore::forgetPath(const std::string& collection, const std::string& path) {
    const std::scoped_lock lock(m_writer.mutex);
    ALCOVE_TRY(const auto erase,
               m_writer.database.statement("DELETE FROM roots WHERE path = ?2 AND collection = "
                                           "(SELECT id FROM collections WHERE name = ?1)"));
    return erase->bind(1, collection).bind(2, path).run();
}

Result<void> SqliteStore::removeCollection(const std::string& name) {
    const std::scoped_lock lock(m_writer.mutex);
    ALCOVE_TRY(const auto erase,
               m_writer.database.statement("DELETE FROM collections WHERE name = ?1"));
    return erase->bind(1, name).run();  // refused by the documents that refer to it
}

Result<void> SqliteStore::setEmbedder(const std::string& collection, const std::string& embedder,
                                      const std::string& model) {
    const std::scoped_lock lock(m_writer.mutex);
    ALCOVE_TRY(const auto update,
               m_writer.database.statement("UPDATE collections SET embedder = ?2, model = ?3 "
                                           "WHERE name = ?1"));
    return update->bind(1, collection).bind(2, embedder).bind(3, model).run();
}

Result<std::vector<FailureRecord>> SqliteStore::failures() {
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const auto select,
               m_reader.database.statement(
                   "SELECT name, path, bytes, stamp, refusal, message FROM failures JOIN "
                   "collections ON collections.id = failures.collection ORDER BY name, path"));
    std::vector<FailureRecord> records;
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return records;
        FailureRecord& record = records.emplace_back();
        record.collection = select->text(0);
        record.path = select->text(1);
        record.bytes = static_cast<uint64_t>(select->integer(2));
        record.stamp = select->integer(3);
        record.refusal = select->text(4);
        record.message = select->text(5);
    }
}

Result<void> SqliteStore::recordFailure(const FailureRecord& failure) {
    const std::scoped_lock lock(m_writer.mutex);
    Database& database = m_writer.database;
    ALCOVE_TRY(Transaction transaction, Transaction::begin(database));
    ALCOVE_TRY(const int64_t id, collectionId(database, failure.collection));
    {
        ALCOVE_TRY(const auto insert,
                   database.statement("INSERT OR REPLACE INTO failures (collection, path, bytes, "
                                      "stamp, refusal, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
        insert->bind(1, id).bind(2, failure.path).bind(3, static_cast<int64_t>(failure.bytes));
        insert->bind(4, failure.stamp).bind(5, failure.refusal).bind(6, failure.message);
        ALCOVE_CHECK(insert->run());
    }
    return transaction.commit();
}

Result<void> SqliteStore::forgetFailure(const std::string& collection, const std::string& path) {
    const std::scoped_lock lock(m_writer.mutex);
    ALCOVE_TRY(const auto erase,
               m_writer.database.statement("DELETE FROM failures WHERE path = ?2 AND collection = "
                                           "(SELECT id FROM collections WHERE name = ?1)"));
    return erase->bind(1, collection).bind(2, path).run();
}

Result<std::vector<DocumentWarning>> SqliteStore::warnings() {
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const auto select,
               m_reader.database.statement("SELECT document, coalesce(page, -1), message FROM "
                                           "warnings ORDER BY document, id"));
    std::vector<DocumentWarning> records;
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return records;
        DocumentWarning& record = records.emplace_back();
        record.document = select->integer(0);
        if (select->integer(1) >= 0)
            record.warning.page = static_cast<uint32_t>(select->integer(1));
        record.warning.message = select->text(2);
    }
}

Result<void> SqliteStore::restamp(DocumentId document, int64_t modified, int64_t stamp) {
    const std::scoped_lock lock(m_writer.mutex);
    ALCOVE_TRY(const auto update, m_writer.database.statement("UPDATE documents SET modified = ?2, "
                                                              "stamp = ?3 WHERE id = ?1"));
    ALCOVE_CHECK(update->bind(1, document).bind(2, modified).bind(3, stamp).run());
    m_documents.restamp(document, modified);
    return {};
}

}  // namespace alcove::rag
