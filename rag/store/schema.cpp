#include "rag/store/schema.h"

#include <array>

namespace alcove::rag {
namespace {

// A step is never changed once a release has written it: add another.

// Ids of documents and chunks are never used twice, and the chunks of a document have them in a
// row: an index outside the database can tell what it lacks from what it has too much, and a set of
// documents is a set of ranges of chunks.
constexpr const char* kFirst = R"(
CREATE TABLE library (
    identity INTEGER NOT NULL       -- by chance: no other library has it
);
INSERT INTO library VALUES (random());
CREATE TABLE collections (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE embedders (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,      -- tells apart whatever gives other vectors
    dimension INTEGER NOT NULL
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection INTEGER NOT NULL REFERENCES collections(id),
    path TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,             -- as name(SourceKind)
    modified INTEGER NOT NULL,      -- seconds since 1970
    bytes INTEGER NOT NULL,
    hash TEXT NOT NULL,             -- of the file as it was read
    first_chunk INTEGER NOT NULL,
    chunk_count INTEGER NOT NULL,
    UNIQUE (collection, path)
);
CREATE TABLE pages (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,        -- from 0
    kind TEXT NOT NULL,             -- as name(PageKind)
    label TEXT NOT NULL,
    text BLOB NOT NULL,             -- UTF-8; a blob, so that it can be read in part
    UNIQUE (document, number)
);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,       -- from 0, in reading order
    page INTEGER NOT NULL,
    first_byte INTEGER NOT NULL,    -- in the text of the page
    end_byte INTEGER NOT NULL,
    kind TEXT NOT NULL,             -- as name(BlockKind)
    heading TEXT NOT NULL,
    body TEXT NOT NULL,             -- that range of the page
    UNIQUE (document, ordinal)
);
CREATE TABLE vectors (
    chunk INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
    embedder INTEGER NOT NULL REFERENCES embedders(id),
    vector BLOB NOT NULL            -- 32-bit floats, little-endian
);
CREATE INDEX vectors_of_embedder ON vectors (embedder);
CREATE VIEW chunk_content AS
    SELECT chunks.id AS id, documents.title AS title, chunks.heading AS heading,
           chunks.body AS body, chunks.document AS document
    FROM chunks JOIN documents ON documents.id = chunks.document;
CREATE VIRTUAL TABLE chunk_text USING fts5 (
    title, heading, body,
    content = 'chunk_content', content_rowid = 'id',
    tokenize = 'porter unicode61 remove_diacritics 2'
);
)";

// Which files a library holds, and what became of each.
constexpr const char* kFiles = R"(
ALTER TABLE collections ADD COLUMN embedder TEXT NOT NULL DEFAULT '';  -- of its vectors, by name
ALTER TABLE collections ADD COLUMN model TEXT NOT NULL DEFAULT '';     -- the file it was made from
ALTER TABLE documents ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;     -- as DocumentRecord::stamp
CREATE TABLE roots (
    id INTEGER PRIMARY KEY,
    collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    excluded INTEGER NOT NULL,      -- 0: held; 1: not, though it lies in a folder that is
    UNIQUE (collection, path)
);
CREATE TABLE warnings (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    page INTEGER,
    message TEXT NOT NULL
);
CREATE INDEX warnings_of_document ON warnings (document);
CREATE TABLE failures (
    id INTEGER PRIMARY KEY,
    collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    refusal TEXT NOT NULL,          -- as name(Refusal)
    message TEXT NOT NULL,
    UNIQUE (collection, path)
);
)";

constexpr const char* kTables = "SELECT count(*) FROM sqlite_schema";

constexpr std::array kSteps = {kFirst, kFiles};

/// The version of a database, 0 for a new one; another program's, or a newer one, is refused.
Result<int64_t> versionOf(Database& database, int64_t tables) {
    ALCOVE_TRY(const int64_t application, database.number("PRAGMA application_id"));
    ALCOVE_TRY(const int64_t found, database.number("PRAGMA user_version"));
    if (tables > 0 && application != kApplicationId)
        return fail("this is a database of another program; it was left as it is");
    if (found < 0 || found > newestSchema())
        return fail("this library was written by a newer Alcove (its schema is ", found,
                    ", this one knows ", newestSchema(), "); it was left as it is");
    return found;
}

}  // namespace

int64_t newestSchema() { return static_cast<int64_t>(kSteps.size()); }

Result<void> checkIsNewest(Database& database) {
    ALCOVE_TRY(const int64_t tables, database.number(kTables));
    ALCOVE_TRY(const int64_t found, versionOf(database, tables));
    if (found == newestSchema()) return {};
    return fail("this library was written by an older Alcove (its schema is ", found,
                ", this one's ", newestSchema(),
                "), and it lies where nothing can be written; copy it to where it can");
}

Result<void> migrate(Database& database, int64_t version) {
    ALCOVE_TRY(const int64_t tables, database.number(kTables));
    ALCOVE_TRY(int64_t found, versionOf(database, tables));
    if (tables == 0) {  // both take effect before the first table alone
        ALCOVE_CHECK(database.execute("PRAGMA page_size = 8192"));
        ALCOVE_CHECK(database.execute("PRAGMA journal_mode = WAL"));
    }
    for (; found < version; ++found) {
        ALCOVE_TRY(Transaction step, Transaction::begin(database));
        ALCOVE_CHECK(database.execute(kSteps[static_cast<size_t>(found)]));
        // A pragma takes no parameters; the numbers are the program's own.
        ALCOVE_CHECK(database.execute(concat("PRAGMA application_id = ", kApplicationId).c_str()));
        ALCOVE_CHECK(database.execute(concat("PRAGMA user_version = ", found + 1).c_str()));
        ALCOVE_CHECK(step.commit());
    }
    return {};
}

}  // namespace alcove::rag
