#include "rag/store/sqlite_store.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "engine/base/paths.h"
#include "rag/store/rows.h"
#include "rag/store/schema.h"

namespace alcove::rag {
namespace {

constexpr const char* kDatabase = "library.db";
constexpr const char* kLock = "lock";

constexpr std::array kBlockKinds = {
    BlockKind::Heading,  BlockKind::Paragraph, BlockKind::ListItem, BlockKind::TableHeader,
    BlockKind::TableRow, BlockKind::Code,      BlockKind::Note};

std::string_view wordFor(BlockKind kind) {
    constexpr std::array<std::string_view, kBlockKinds.size()> kWords = {
        "heading", "paragraph", "list_item", "table_header", "table_row", "code", "note"};
    return kWords[static_cast<size_t>(kind)];
}

BlockKind blockKind(std::string_view word) {
    for (const BlockKind kind : kBlockKinds)
        if (wordFor(kind) == word) return kind;
    return BlockKind::Paragraph;
}

/// From the columns document, ordinal, page, first_byte, end_byte, kind, heading, body, id.
StoredChunk storedChunk(const Statement& row) {
    StoredChunk stored;
    stored.id = row.integer(8);
    stored.document = row.integer(0);
    stored.ordinal = static_cast<uint32_t>(row.integer(1));
    stored.chunk.page = static_cast<uint32_t>(row.integer(2));
    stored.chunk.range = {static_cast<uint64_t>(row.integer(3)),
                          static_cast<uint64_t>(row.integer(4))};
    stored.chunk.kind = blockKind(row.text(5));
    stored.chunk.heading = row.text(6);
    stored.chunk.body = row.text(7);
    return stored;
}

}  // namespace

Result<int64_t> collectionId(Database& database, std::string_view name) {
    ALCOVE_TRY(const auto insert, database.statement("INSERT INTO collections (name) VALUES (?1) "
                                                     "ON CONFLICT (name) DO NOTHING"));
    ALCOVE_CHECK(insert->bind(1, name).run());
    ALCOVE_TRY(const auto select, database.statement("SELECT id FROM collections WHERE name = ?1"));
    ALCOVE_TRY(const bool row, select->bind(1, name).step());
    return row ? select->integer(0) : 0;
}

Result<int64_t> embedderId(Database& database, const EmbedderKey& embedder) {
    ALCOVE_TRY(const auto insert,
               database.statement("INSERT INTO embedders (name, dimension) VALUES (?1, ?2) "
                                  "ON CONFLICT (name) DO NOTHING"));
    ALCOVE_CHECK(
        insert->bind(1, embedder.name).bind(2, static_cast<int64_t>(embedder.dimension)).run());
    ALCOVE_TRY(const auto select,
               database.statement("SELECT id, dimension FROM embedders WHERE name = ?1"));
    ALCOVE_TRY(const bool row, select->bind(1, embedder.name).step());
    const int64_t dimension = row ? select->integer(1) : 0;
    if (dimension != static_cast<int64_t>(embedder.dimension))
        return fail("the library's vectors of ", embedder.name, " have ", dimension,
                    " values, not ", embedder.dimension);
    return select->integer(0);
}

namespace {

/// Takes a document out; its chunks are added to `gone`.
Result<void> removeRows(Database& database, DocumentId document, std::vector<ChunkId>& gone) {
    {
        ALCOVE_TRY(const auto select,
                   database.statement("SELECT id FROM chunks WHERE document = ?1"));
        select->bind(1, document);
        for (;;) {
            ALCOVE_TRY(const bool row, select->step());
            if (!row) break;
            gone.push_back(select->integer(0));
        }
    }
    // The full text holds no texts of its own: it must be told what it had indexed.
    ALCOVE_TRY(
        const auto forget,
        database.statement("INSERT INTO chunk_text (chunk_text, rowid, title, heading, body) "
                           "SELECT 'delete', id, title, heading, body FROM chunk_content "
                           "WHERE document = ?1"));
    ALCOVE_CHECK(forget->bind(1, document).run());
    ALCOVE_TRY(const auto erase, database.statement("DELETE FROM documents WHERE id = ?1"));
    return erase->bind(1, document).run();
}

Result<DocumentId> insertDocument(Database& database, const DocumentRecord& record,
                                  int64_t collection) {
    ALCOVE_TRY(const auto insert,
               database.statement("INSERT INTO documents (collection, path, title, kind, modified, "
                                  "bytes, hash, stamp, first_chunk, chunk_count) "
                                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0)"));
    insert->bind(1, collection).bind(2, record.path).bind(3, record.title).bind(4, record.kind);
    insert->bind(5, record.modified).bind(6, static_cast<int64_t>(record.bytes));
    ALCOVE_CHECK(insert->bind(7, record.hash).bind(8, record.stamp).run());
    return database.lastInsertedId();
}

Result<void> insertWarnings(Database& database, DocumentId document,
                            std::span<const Warning> warnings) {
    ALCOVE_TRY(const auto insert,
               database.statement("INSERT INTO warnings (document, page, message) "
                                  "VALUES (?1, ?2, ?3)"));
    for (const Warning& warning : warnings) {
        insert->bind(1, document).bind(3, warning.message);
        if (warning.page != kNone) insert->bind(2, int64_t{warning.page});
        ALCOVE_CHECK(insert->run());
    }
    return {};
}

Result<void> insertPages(Database& database, DocumentId document,
                         std::span<const PageRecord> pages) {
    ALCOVE_TRY(const auto insert,
               database.statement("INSERT INTO pages (document, number, kind, label, text) "
                                  "VALUES (?1, ?2, ?3, ?4, ?5)"));
    for (size_t i = 0; i < pages.size(); ++i) {
        insert->bind(1, document).bind(2, static_cast<int64_t>(i)).bind(3, pages[i].kind);
        insert->bind(4, pages[i].label).bind(5, std::as_bytes(std::span(pages[i].text)));
        ALCOVE_CHECK(insert->run());
    }
    return {};
}

Result<std::vector<ChunkId>> insertChunks(Database& database, DocumentId document,
                                          const DocumentContent& content, int64_t embedder) {
    ALCOVE_TRY(const auto chunk,
               database.statement("INSERT INTO chunks (document, ordinal, page, first_byte, "
                                  "end_byte, kind, heading, body) "
                                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
    ALCOVE_TRY(const auto text, database.statement("INSERT INTO chunk_text (rowid, title, heading, "
                                                   "body) VALUES (?1, ?2, ?3, ?4)"));
    ALCOVE_TRY(const auto vector, database.statement("INSERT INTO vectors (chunk, embedder, "
                                                     "vector) VALUES (?1, ?2, ?3)"));
    std::vector<ChunkId> ids;
    const size_t dimension = content.embedder.dimension;
    for (size_t i = 0; i < content.chunks.size(); ++i) {
        const Chunk& c = content.chunks[i];
        chunk->bind(1, document).bind(2, static_cast<int64_t>(i)).bind(3, int64_t{c.page});
        chunk->bind(4, static_cast<int64_t>(c.range.begin));
        chunk->bind(5, static_cast<int64_t>(c.range.end)).bind(6, wordFor(c.kind));
        ALCOVE_CHECK(chunk->bind(7, c.heading).bind(8, c.body).run());
        const ChunkId id = database.lastInsertedId();
        text->bind(1, id).bind(2, content.record.title).bind(3, c.heading).bind(4, c.body);
        ALCOVE_CHECK(text->run());
        if (!content.vectors.empty()) {
            const auto row = std::span(content.vectors).subspan(i * dimension, dimension);
            ALCOVE_CHECK(vector->bind(1, id).bind(2, embedder).bind(3, std::as_bytes(row)).run());
        }
        ids.push_back(id);
    }
    return ids;
}

Result<void> checkContent(const DocumentContent& content) {
    if (!content.vectors.empty() &&
        content.vectors.size() != content.chunks.size() * content.embedder.dimension)
        return fail(content.record.path, ": ", content.vectors.size(), " values are not ",
                    content.chunks.size(), " vectors of ", content.embedder.dimension);
    for (const Chunk& chunk : content.chunks) {
        const std::string* text =
            chunk.page < content.pages.size() ? &content.pages[chunk.page].text : nullptr;
        if (text == nullptr || chunk.range.begin > chunk.range.end ||
            chunk.range.end > text->size() ||
            text->compare(chunk.range.begin, chunk.range.size(), chunk.body) != 0)
            return fail(content.record.path, ": a chunk is not what stands at its range, page ",
                        chunk.page, ", bytes ", chunk.range.begin, " to ", chunk.range.end);
    }
    return {};
}

Result<Database> openConnection(const std::filesystem::path& file) {
    ALCOVE_TRY(Database database, Database::open(file));
    // FULL: what was committed also survives a power cut. The indexes rely on ids that were given
    // staying given.
    ALCOVE_CHECK(database.execute("PRAGMA synchronous = FULL"));
    ALCOVE_CHECK(database.execute("PRAGMA cache_size = -65536"));  // KiB
    return database;
}

/// What is left of a library is not taken for a new one.
Result<void> checkIsNotEmptied(const std::filesystem::path& folder, bool create) {
    const std::filesystem::path file = folder / kDatabase;
    std::error_code error;
    if (std::filesystem::file_size(file, error) != 0 || error) return {};
    // A library that was being made when its process was killed has no index yet.
    const auto isIndex = [](const std::filesystem::path& path) {
        return path.extension() == ".index";
    };
    const Paths beside = entriesOf(folder, error);
    if (create && std::none_of(beside.begin(), beside.end(), isIndex)) return {};
    return fail(file.string(), ": is empty, and so holds no library",
                create ? " any more, though it did once. The documents themselves are not "
                         "touched. Put a copy of the file back, or move the library's folder away "
                         "and ingest them again"
                       : ". Put a copy of the file back, or ingest the documents again");
}

Error openElsewhere(const std::filesystem::path& folder) {
    const uint64_t holder = FileLock::holder(folder / kLock);
    return fail(folder.string(), ": the library is open in another program",
                holder == 0 ? "" : concat(" (process ", holder, ")"),
                "; close it there and try again");
}

}  // namespace

SqliteStore::SqliteStore(std::filesystem::path folder, std::optional<FileLock> lock,
                         Database writer, Database reader, const Options& options)
    : m_folder(std::move(folder)),
      m_lock(std::move(lock)),
      m_writer{std::move(writer), {}},
      m_reader{std::move(reader), {}},
      m_saveIndexes(options.saveIndexes),
      m_indexes(m_folder, options.cpu, options.pool) {}

SqliteStore::~SqliteStore() {
    if (m_saveIndexes) (void)flush();
}

Result<void> SqliteStore::flush() {
    if (m_readOnly) return {};
    return m_indexes.save();
}

std::vector<std::filesystem::path> SqliteStore::files(const std::filesystem::path& folder) {
    // The log and its index are SQLite's, which knows their names from the database's.
    return {folder / kDatabase, folder / (std::string(kDatabase) + "-wal"),
            folder / (std::string(kDatabase) + "-shm"), folder / kLock};
}

Result<void> SqliteStore::load() {
    ALCOVE_CHECK(m_documents.load(m_reader.database));
    return m_indexes.load(m_reader.database, m_notes);
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::openToRead(const std::filesystem::path& folder,
                                                             Options options) {
    std::error_code error;
    const std::filesystem::path file = folder / kDatabase, lockFile = folder / kLock;
    std::optional<FileLock> lock;
    // Without a lock that could be shared, nobody else has it either.
    if (auto shared = FileLock::tryShare(lockFile); shared) {
        if (!*shared) return openElsewhere(folder);
        lock = std::move(*shared);
    }
    ALCOVE_TRY(Database writer, Database::openUnchanging(file));
    if (const auto newest = checkIsNewest(writer); !newest)
        return fail(file.string(), ": ", newest.message());
    ALCOVE_TRY(Database reader, Database::openUnchanging(file));
    std::unique_ptr<SqliteStore> store(
        new SqliteStore(folder, std::move(lock), std::move(writer), std::move(reader), options));
    store->m_readOnly = true;
    const auto log = std::filesystem::file_size(folder / (std::string(kDatabase) + "-wal"), error);
    if (!error && log > 0)
        store->m_notes.push_back(
            "the library was not closed before it came to where nothing can be written: what was "
            "changed last is not seen");
    ALCOVE_CHECK(store->load());
    return store;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& folder,
                                                       Options options) {
    std::error_code error;
    const std::filesystem::path file = folder / kDatabase;
    if (options.create)
        std::filesystem::create_directories(folder, error);
    else if (!std::filesystem::exists(file, error))
        return fail(folder.string(), ": there is no library");
    if (!std::filesystem::is_directory(folder, error))
        return fail(folder.string(), ": the library's folder cannot be made");
    ALCOVE_CHECK(checkIsNotEmptied(folder, options.create));
    if (!options.create && !mayWriteIn(folder)) return openToRead(folder, std::move(options));
    ALCOVE_TRY(auto lock, FileLock::tryAcquire(folder / kLock));
    if (!lock) return openElsewhere(folder);
    ALCOVE_TRY(Database writer, openConnection(file));
    if (const auto migrated = migrate(writer); !migrated)
        return fail(file.string(), ": ", migrated.message());
    ALCOVE_TRY(Database reader, openConnection(file));
    std::unique_ptr<SqliteStore> store(
        new SqliteStore(folder, std::move(lock), std::move(writer), std::move(reader), options));
    ALCOVE_CHECK(store->load());
    return store;
}

Result<DocumentId> SqliteStore::put(const DocumentContent& content) {
    ALCOVE_CHECK(checkContent(content));
    const std::scoped_lock lock(m_writer.mutex);
    Database& database = m_writer.database;
    std::vector<ChunkId> gone, added;
    ALCOVE_TRY(Transaction transaction, Transaction::begin(database));
    ALCOVE_TRY(const int64_t collection, collectionId(database, content.record.collection));
    DocumentId before = 0;
    {
        ALCOVE_TRY(const auto select,
                   database.statement("SELECT id FROM documents WHERE collection = ?1 AND "
                                      "path = ?2"));
        ALCOVE_TRY(const bool row, select->bind(1, collection).bind(2, content.record.path).step());
        if (row) before = select->integer(0);
    }
    if (before != 0) ALCOVE_CHECK(removeRows(database, before, gone));
    int64_t embedder = 0;
    if (!content.vectors.empty()) {
        ALCOVE_TRY(embedder, embedderId(database, content.embedder));
    }
    ALCOVE_TRY(const DocumentId id, insertDocument(database, content.record, collection));
    ALCOVE_CHECK(insertPages(database, id, content.pages));
    ALCOVE_TRY(added, insertChunks(database, id, content, embedder));
    ALCOVE_CHECK(insertWarnings(database, id, content.warnings));
    {
        ALCOVE_TRY(const auto forget, database.statement("DELETE FROM failures WHERE collection = "
                                                         "?1 AND path = ?2"));
        ALCOVE_CHECK(forget->bind(1, collection).bind(2, content.record.path).run());
    }
    {
        ALCOVE_TRY(const auto update,
                   database.statement("UPDATE documents SET first_chunk = ?2, chunk_count = ?3 "
                                      "WHERE id = ?1"));
        update->bind(1, id).bind(2, added.empty() ? int64_t{0} : added.front());
        ALCOVE_CHECK(update->bind(3, static_cast<int64_t>(added.size())).run());
    }
    ALCOVE_CHECK(transaction.commit());
    if (before != 0) m_documents.remove(before);
    DocumentRecord record = content.record;
    record.id = id;
    record.chunks = static_cast<uint32_t>(added.size());
    m_documents.add(record, added.empty() ? 0 : added.front());
    m_indexes.remove(gone);
    if (!content.vectors.empty())
        ALCOVE_CHECK(m_indexes.add(content.embedder, added, content.vectors));
    return id;
}

Result<bool> SqliteStore::remove(DocumentId document) {
    const std::scoped_lock lock(m_writer.mutex);
    std::vector<ChunkId> gone;
    ALCOVE_TRY(Transaction transaction, Transaction::begin(m_writer.database));
    {
        ALCOVE_TRY(const auto select,
                   m_writer.database.statement("SELECT 1 FROM documents WHERE id = ?1"));
        ALCOVE_TRY(const bool row, select->bind(1, document).step());
        if (!row) return false;
    }
    ALCOVE_CHECK(removeRows(m_writer.database, document, gone));
    ALCOVE_CHECK(transaction.commit());
    m_documents.remove(document);
    m_indexes.remove(gone);
    return true;
}

Result<std::vector<StoredChunk>> SqliteStore::chunks(std::span<const ChunkId> ids) {
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const ReadTransaction together, ReadTransaction::begin(m_reader.database));
    ALCOVE_TRY(const auto select,
               m_reader.database.statement("SELECT document, ordinal, page, first_byte, end_byte, "
                                           "kind, heading, body, id FROM chunks WHERE id = ?1"));
    std::vector<StoredChunk> found;
    for (const ChunkId id : ids) {
        ALCOVE_TRY(const bool row, select->bind(1, id).step());
        if (!row) continue;
        found.push_back(storedChunk(*select));
        select->reset();
    }
    return found;
}

Result<std::vector<StoredChunk>> SqliteStore::documentChunks(DocumentId document, uint32_t from,
                                                             size_t count) {
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const auto select,
               m_reader.database.statement(
                   "SELECT document, ordinal, page, first_byte, end_byte, kind, heading, body, id "
                   "FROM chunks WHERE document = ?1 AND ordinal >= ?2 ORDER BY ordinal"));
    select->bind(1, document).bind(2, int64_t{from});
    std::vector<StoredChunk> found;
    while (found.size() < count) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) break;
        found.push_back(storedChunk(*select));
    }
    return found;
}

Result<std::string> SqliteStore::pageText(DocumentId document, uint32_t page, TextRange range) {
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const auto select,
               m_reader.database.statement("SELECT substr(text, ?3, ?4) FROM pages "
                                           "WHERE document = ?1 AND number = ?2"));
    constexpr uint64_t kMost = uint64_t{1} << 40;
    const uint64_t begin = std::min(range.begin, kMost), end = std::min(range.end, kMost);
    if (begin >= end) return std::string();
    select->bind(1, document).bind(2, int64_t{page}).bind(3, static_cast<int64_t>(begin + 1));
    ALCOVE_TRY(const bool row, select->bind(4, static_cast<int64_t>(end - begin)).step());
    if (!row) return fail("page ", page, " of document ", document, " is not in the library");
    const auto bytes = select->blob(0);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<std::string> SqliteStore::pageLabel(DocumentId document, uint32_t page) {
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const auto select,
               m_reader.database.statement("SELECT label FROM pages "
                                           "WHERE document = ?1 AND number = ?2"));
    ALCOVE_TRY(const bool row, select->bind(1, document).bind(2, int64_t{page}).step());
    return row ? std::string(select->text(0)) : std::string();
}

Result<StoreStatus> SqliteStore::status() {
    const std::scoped_lock lock(m_reader.mutex);
    const auto count = [&](const char* sql) -> Result<uint64_t> {
        ALCOVE_TRY(const int64_t number, m_reader.database.number(sql));
        return static_cast<uint64_t>(number);
    };
    StoreStatus status;
    ALCOVE_TRY(status.documents, count("SELECT count(*) FROM documents"));
    ALCOVE_TRY(status.chunks, count("SELECT coalesce(sum(chunk_count), 0) FROM documents"));
    ALCOVE_TRY(status.vectors, count("SELECT count(*) FROM vectors"));
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(m_folder, error)) {
        const uint64_t size = entry.file_size(error);
        if (!error) status.bytes += size;
    }
    return status;
}

Result<void> SqliteStore::rebuild() {
    const std::scoped_lock lock(m_writer.mutex);
    ALCOVE_CHECK(
        m_writer.database.execute("INSERT INTO chunk_text (chunk_text) VALUES "
                                  "('rebuild')"));
    ALCOVE_CHECK(m_indexes.rebuild(m_writer.database));
    ALCOVE_CHECK(m_indexes.save());
    ALCOVE_CHECK(m_writer.database.execute("VACUUM"));
    return m_writer.database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace alcove::rag
