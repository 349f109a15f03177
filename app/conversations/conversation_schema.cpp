#include "app/conversations/conversation_schema.h"

#include <array>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

namespace alcove::app {
namespace fs = std::filesystem;
using rag::Database;
using rag::Transaction;

namespace {

// A step is never changed once a release has written it: add another.

// The full text holds no texts of its own and must be told what it had indexed: searchable()
// (search_words.h) of a title, and of the text of each message that does not grow. Whoever changes
// what searchable() gives adds a step that fills both anew.
constexpr const char* kFirst = R"(
CREATE TABLE folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    identity TEXT NOT NULL UNIQUE,          -- as ConversationTree::identity
    title TEXT NOT NULL,
    titled INTEGER NOT NULL,
    folder INTEGER REFERENCES folders(id) ON DELETE SET NULL,
    pinned INTEGER NOT NULL,
    archived INTEGER NOT NULL,
    removed INTEGER NOT NULL,               -- when, ms since 1970; 0: it is not
    created INTEGER NOT NULL,               -- ms since 1970
    changed INTEGER NOT NULL
);
CREATE INDEX conversations_of_folder ON conversations (folder);
CREATE INDEX conversations_in_order ON conversations
    (archived, pinned DESC, changed DESC, id DESC) WHERE removed = 0;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- higher than its parent's
    conversation INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    parent INTEGER NOT NULL,                -- of the same conversation; 0: the first
    shown INTEGER NOT NULL,                 -- 1: the one of those with this parent that is
    from_user INTEGER NOT NULL,
    state INTEGER NOT NULL,                 -- as MessageState
    rating INTEGER NOT NULL,
    created INTEGER NOT NULL,               -- ms since 1970
    model TEXT NOT NULL,
    error TEXT NOT NULL,
    details TEXT NOT NULL,                  -- JSON, or empty
    thought TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX messages_in_order ON messages (conversation, parent, id, shown);
CREATE INDEX messages_growing ON messages (id) WHERE state = 0;
CREATE TABLE pieces (                       -- what grew since the message was added or resumed
    message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    thought TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (message, number)
) WITHOUT ROWID;
CREATE TABLE drafts (
    conversation INTEGER PRIMARY KEY,       -- 0: a chat that has not begun
    text TEXT NOT NULL
);
CREATE VIRTUAL TABLE title_words USING fts5 (
    words, content = '', columnsize = 0, prefix = '1 2 3',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
);
CREATE VIRTUAL TABLE message_words USING fts5 (
    words, content = '', columnsize = 0, prefix = '1 2 3',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
);
)";

constexpr std::array kSteps = {kFirst};

constexpr const char* kLeft =
    "; it was left as it is. Move it away to begin anew, or name another file by "
    "ALCOVE_CONVERSATIONS";

// Of SQLite's file format: where page 1 holds what.
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr size_t kIdentityAt = 68;  // 4 bytes, the highest first
constexpr size_t kHeaderBytes = 100;

}  // namespace

int64_t newestConversations() { return static_cast<int64_t>(kSteps.size()); }

Result<void> checkIsConversations(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) return {};
    if (status.type() != fs::file_type::regular)
        return fail(path.string(), ": the conversations cannot be read: ",
                    error ? error.message() : std::string("it is not an ordinary file"));
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(path.string(), ": the conversations may not be read by this user");
    std::array<char, kHeaderBytes> header{};
    file.read(header.data(), kHeaderBytes);
    if (file.bad()) return fail(path.string(), ": the conversations cannot be read from the disk");
    if (file.gcount() == 0) {
        // SQLite would throw away a log without its file.
        const uintmax_t log = fs::file_size(path.string() + "-wal", error);
        if (error || log == 0) return {};
        return fail(path.string(), ": is empty, though it held conversations once", kLeft);
    }
    if (file.gcount() < static_cast<std::streamsize>(kHeaderBytes) ||
        std::string_view(header.data(), kMagic.size()) != kMagic)
        return fail(path.string(), ": is damaged, or no file of conversations", kLeft);
    uint32_t identity = 0;
    for (size_t i = 0; i < 4; ++i)
        identity = identity << 8 | static_cast<unsigned char>(header[kIdentityAt + i]);
    if (identity == kConversationsId) return {};
    return fail(path.string(), ": is a database of another program", kLeft);
}

Result<void> migrateConversations(Database& database) {
    ALCOVE_TRY(const int64_t identity, database.number("PRAGMA application_id"));
    ALCOVE_TRY(int64_t found, database.number("PRAGMA user_version"));
    if (found < 0 || found > newestConversations())
        return fail("these conversations were written by a later version of Alcove (", found,
                    ", and this one knows ", newestConversations(),
                    "); the file was left as it is. Use that version, or name another file by "
                    "ALCOVE_CONVERSATIONS");
    // Before there is a log, so that the file itself says whose it is from its first byte on.
    if (identity != kConversationsId)
        ALCOVE_CHECK(
            database.execute(concat("PRAGMA application_id = ", kConversationsId).c_str()));
    ALCOVE_CHECK(database.execute("PRAGMA journal_mode = WAL"));
    for (; found < newestConversations(); ++found) {
        ALCOVE_TRY(Transaction step, Transaction::begin(database));
        ALCOVE_CHECK(database.execute(kSteps[static_cast<size_t>(found)]));
        // A pragma takes no parameters; the number is the program's own.
        ALCOVE_CHECK(database.execute(concat("PRAGMA user_version = ", found + 1).c_str()));
        ALCOVE_CHECK(step.commit());
    }
    return {};
}

}  // namespace alcove::app
