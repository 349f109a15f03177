#include "app/conversations/conversation_store.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "app/conversations/conversation_rows.h"
#include "app/conversations/conversation_schema.h"
#include "engine/base/paths.h"
#include "engine/base/raw_file.h"
#include "engine/base/terminal.h"

namespace alcove::app {
namespace fs = std::filesystem;
using rag::Database;
using rag::Statement;
using rag::Transaction;

namespace {

constexpr int kMostAside = 1000;
constexpr auto kOthers = fs::perms::group_all | fs::perms::others_all;

const rag::Remedies kRemedies = {
    ". The file of the conversations is damaged; it was left as it is. Put a copy of it back, or "
    "put it aside and begin anew",
    ". Conversations must lie where this user may write; what is there was left as it is"};

/// The log and its index are SQLite's, which knows their names from the database's.
std::array<fs::path, 3> filesOf(const fs::path& file) {
    return {file, file.string() + "-wal", file.string() + "-shm"};
}

Result<FileLock> lock(const fs::path& file) {
    const fs::path path = file.string() + ".lock";
    ALCOVE_TRY(std::optional<FileLock> held, FileLock::tryAcquire(path));
    if (held) return std::move(*held);
    const uint64_t holder = FileLock::holder(path);
    return fail(file.string(), ": the conversations are open in another window",
                holder == 0 ? "" : concat(" (process ", holder, ")"),
                "; close it there and try again");
}

/// SQLite would let others read a new file; its log gets the rights that the file has.
Result<void> makeForOwnerAlone(const fs::path& file) {
    std::error_code ignored;
    for (const fs::path& each : filesOf(file))
        if (fs::is_regular_file(each, ignored))
            fs::permissions(each, kOthers, fs::perm_options::remove, ignored);
    if (fs::exists(file, ignored)) return {};
    raw::Handle handle = raw::kClosed;
    bool exists = false;
    const raw::SystemError error = raw::openNew(file, true, handle, exists);
    if (handle != raw::kClosed) raw::close(handle);
    if (error == 0 || exists) return {};
    return fail(file.string(), ": the file of the conversations cannot be made: ",
                std::error_code(static_cast<int>(error), std::system_category()).message());
}

ConversationEntry entryOf(const Statement& row) {
    ConversationEntry entry;
    entry.id = row.integer(0);
    entry.title = row.text(1);
    entry.titled = row.integer(2) != 0;
    entry.folder = row.integer(3);
    entry.pinned = row.integer(4) != 0;
    entry.archived = row.integer(5) != 0;
    entry.created = row.integer(6);
    entry.changed = row.integer(7);
    return entry;
}

#define ALCOVE_ENTRIES \
    "SELECT id, title, titled, folder, pinned, archived, created, changed FROM conversations "
constexpr const char* kEntry = ALCOVE_ENTRIES "WHERE id = ?1";
constexpr const char* kKept = ALCOVE_ENTRIES
    "WHERE removed = 0 AND archived = ?1 ORDER BY pinned DESC, changed DESC, id DESC";
constexpr const char* kRemoved =
    ALCOVE_ENTRIES "WHERE removed <> 0 ORDER BY pinned DESC, changed DESC, id DESC";
#undef ALCOVE_ENTRIES

Result<void> checkFolderName(Database& database, std::string_view name, int64_t except) {
    if (name.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return fail("a folder needs a name");
    ALCOVE_TRY(const auto select,
               database.statement("SELECT 1 FROM folders WHERE name = ?1 AND id <> ?2"));
    ALCOVE_TRY(const bool there, select->bind(1, name).bind(2, except).step());
    if (there) return fail("there is a folder \"", name, "\" already");
    return {};
}

}  // namespace

int64_t now() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

Result<void> mustChange(Statement& statement, std::string_view what, int64_t id) {
    bool changed = false;
    for (;;) {
        ALCOVE_TRY(const bool row, statement.step());
        if (!row) break;
        changed = true;
    }
    if (!changed) return fail("there is no ", what, " ", id, " (any more)");
    return {};
}

std::filesystem::path conversationsFile() {
    if (const char* file = std::getenv("ALCOVE_CONVERSATIONS"); file && *file) return file;
    const fs::path data = userDataFolder();
    return data.empty() ? data : data / "alcove" / "conversations.db";
}

ConversationStore::ConversationStore(FileLock lock, Database database)
    : m_lock(std::move(lock)), m_database(std::move(database)) {}

Result<std::unique_ptr<ConversationStore>> ConversationStore::open(const fs::path& file) {
    if (file.empty())
        return fail(
            "no place for conversations is known: neither ALCOVE_CONVERSATIONS nor HOME "
            "names one (set ALCOVE_CONVERSATIONS to a file)");
    std::error_code error;
    const fs::path folder = fs::absolute(file, error).parent_path();
    if (!error && fs::create_directories(folder, error) && !error)
        fs::permissions(folder, fs::perms::owner_all, error);
    if (error)
        return fail(folder.string(),
                    ": the folder of the conversations cannot be made: ", error.message());
    ALCOVE_CHECK(checkIsConversations(file));
    if (!mayWriteIn(folder))
        return fail(file.string(), ": cannot be written", kRemedies.unwritable);
    ALCOVE_TRY(FileLock held, lock(file));
    ALCOVE_CHECK(makeForOwnerAlone(file));
    ALCOVE_TRY(Database database, Database::open(file, kRemedies));
    // What was written over is not left lying in the file.
    ALCOVE_CHECK(database.execute("PRAGMA secure_delete = ON"));
    // What is sorted or rewritten does not go to another folder on the way.
    ALCOVE_CHECK(database.execute("PRAGMA temp_store = MEMORY"));
    std::unique_ptr<ConversationStore> store(
        new ConversationStore(std::move(held), std::move(database)));
    if (const auto prepared = store->prepare(); !prepared) {
        const std::string& reason = prepared.message();
        const bool named = reason.find(file.filename().string()) != std::string::npos;
        return named ? prepared.error() : fail(file.string(), ": ", reason);
    }
    return store;
}

Result<void> ConversationStore::prepare() {
    ALCOVE_CHECK(m_database.execute("PRAGMA synchronous = FULL"));
    m_survives = Survives::PowerCut;
    ALCOVE_CHECK(migrateConversations(m_database));
    ALCOVE_TRY(Transaction together, begin());
    std::vector<int64_t> grew;
    {
        ALCOVE_TRY(const auto select,
                   m_database.statement("SELECT id FROM messages WHERE state = 0"));
        for (;;) {
            ALCOVE_TRY(const bool row, select->step());
            if (!row) break;
            grew.push_back(select->integer(0));
        }
    }
    for (const int64_t message : grew)
        ALCOVE_CHECK(endGrowing(m_database, message, MessageState::Interrupted));
    // Also where nothing grew: what cannot be written is not found out at the first question.
    ALCOVE_CHECK(
        m_database.execute(concat("PRAGMA user_version = ", newestConversations()).c_str()));
    return together.commit();
}

Result<fs::path> ConversationStore::putAside(const fs::path& file) {
    ALCOVE_TRY(const FileLock held, lock(file));
    for (int i = 1; i <= kMostAside; ++i) {
        const fs::path aside = concat(file.string(), ".broken-", i);
        std::error_code error;
        if (fs::exists(fs::symlink_status(aside, error))) continue;
        // The log first: alone it is nothing, and beside a new file it would be lost.
        const auto from = filesOf(file), to = filesOf(aside);
        for (size_t part = from.size(); part-- > 0;) {
            if (!fs::exists(fs::symlink_status(from[part], error))) continue;
            fs::rename(from[part], to[part], error);
            if (error)
                return fail(from[part].string(), ": cannot be put aside: ", error.message(),
                            "; nothing was removed. Move it away by hand");
        }
        return aside;
    }
    return fail(file.string(), ": was left as it is: there are ", kMostAside,
                " broken ones beside it already; remove some");
}

/// What is not to outlive a power cut is not brought to the disk by itself, which takes
/// milliseconds; the next that is takes it along.
Result<void> ConversationStore::writeSo(Survives survives) {
    if (m_survives == survives) return {};
    ALCOVE_CHECK(m_database.execute(survives == Survives::PowerCut
                                        ? "PRAGMA synchronous = FULL"
                                        : "PRAGMA synchronous = NORMAL"));
    m_survives = survives;
    return {};
}

Result<Transaction> ConversationStore::begin() {
    ALCOVE_CHECK(writeSo(Survives::PowerCut));
    return Transaction::begin(m_database);
}

Result<std::vector<ConversationEntry>> ConversationStore::list(Shelf shelf) const {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(const auto select, m_database.statement(shelf == Shelf::Removed ? kRemoved : kKept));
    if (shelf != Shelf::Removed) select->bind(1, int64_t{shelf == Shelf::Archived});
    std::vector<ConversationEntry> entries;
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return entries;
        entries.push_back(entryOf(*select));
    }
}

Result<ConversationEntry> ConversationStore::entry(int64_t id) const {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(const auto select, m_database.statement(kEntry));
    ALCOVE_TRY(const bool row, select->bind(1, id).step());
    if (!row) return fail("there is no conversation ", id, " (any more)");
    return entryOf(*select);
}

Result<int64_t> ConversationStore::create(std::string_view title) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(Transaction together, begin());
    int64_t id = 0;
    {
        ALCOVE_TRY(const auto insert,
                   m_database.statement("INSERT INTO conversations (identity, title, titled, "
                                        "pinned, archived, removed, created, changed) VALUES "
                                        "('alcove:' || lower(hex(randomblob(16))), ?1, 0, 0, 0, "
                                        "0, ?2, ?2)"));
        ALCOVE_CHECK(insert->bind(1, title).bind(2, now()).run());
        id = m_database.lastInsertedId();
    }
    ALCOVE_CHECK(indexTitle(m_database, id, title));
    ALCOVE_CHECK(together.commit());
    return id;
}

Result<void> ConversationStore::rename(int64_t id, std::string_view title, bool titled) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(Transaction together, begin());
    std::string before;
    {
        ALCOVE_TRY(const auto select,
                   m_database.statement("SELECT title FROM conversations WHERE id = ?1"));
        ALCOVE_TRY(const bool row, select->bind(1, id).step());
        if (!row) return fail("there is no conversation ", id, " (any more)");
        before = select->text(0);
    }
    ALCOVE_CHECK(forgetTitle(m_database, id, before));
    ALCOVE_CHECK(indexTitle(m_database, id, title));
    {
        ALCOVE_TRY(const auto update, m_database.statement("UPDATE conversations SET title = ?2, "
                                                           "titled = ?3 WHERE id = ?1"));
        ALCOVE_CHECK(update->bind(1, id).bind(2, title).bind(3, int64_t{titled}).run());
    }
    return together.commit();
}

Result<void> ConversationStore::change(const char* sql, int64_t id, int64_t value) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_CHECK(writeSo(Survives::PowerCut));
    ALCOVE_TRY(const auto update, m_database.statement(sql));
    return mustChange(update->bind(1, id).bind(2, value), "conversation", id);
}

Result<void> ConversationStore::setPinned(int64_t id, bool pinned) {
    return change("UPDATE conversations SET pinned = ?2 WHERE id = ?1 RETURNING id", id, pinned);
}

Result<void> ConversationStore::setArchived(int64_t id, bool archived) {
    return change("UPDATE conversations SET archived = ?2 WHERE id = ?1 RETURNING id", id,
                  archived);
}

Result<void> ConversationStore::remove(int64_t id) {
    return change("UPDATE conversations SET removed = ?2 WHERE id = ?1 RETURNING id", id, now());
}

Result<void> ConversationStore::restore(int64_t id) {
    return change("UPDATE conversations SET removed = ?2 WHERE id = ?1 RETURNING id", id, 0);
}

Result<void> ConversationStore::setFolder(int64_t id, int64_t folder) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(Transaction together, begin());
    if (folder != 0) {
        ALCOVE_TRY(const auto select, m_database.statement("SELECT 1 FROM folders WHERE id = ?1"));
        ALCOVE_TRY(const bool there, select->bind(1, folder).step());
        if (!there) return fail("there is no folder ", folder, " (any more)");
    }
    {
        ALCOVE_TRY(const auto update,
                   m_database.statement("UPDATE conversations SET folder = nullif(?2, 0) WHERE id "
                                        "= ?1 RETURNING id"));
        ALCOVE_CHECK(mustChange(update->bind(1, id).bind(2, folder), "conversation", id));
    }
    return together.commit();
}

Result<std::vector<FolderEntry>> ConversationStore::folders() const {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(const auto select,
               m_database.statement("SELECT id, name FROM folders ORDER BY name COLLATE NOCASE, "
                                    "name"));
    std::vector<FolderEntry> folders;
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return folders;
        folders.push_back({select->integer(0), std::string(select->text(1))});
    }
}

Result<int64_t> ConversationStore::addFolder(std::string_view name) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(Transaction together, begin());
    ALCOVE_CHECK(checkFolderName(m_database, name, 0));
    int64_t id = 0;
    {
        ALCOVE_TRY(const auto insert,
                   m_database.statement("INSERT INTO folders (name) VALUES (?1)"));
        ALCOVE_CHECK(insert->bind(1, name).run());
        id = m_database.lastInsertedId();
    }
    ALCOVE_CHECK(together.commit());
    return id;
}

Result<void> ConversationStore::renameFolder(int64_t id, std::string_view name) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(Transaction together, begin());
    ALCOVE_CHECK(checkFolderName(m_database, name, id));
    {
        ALCOVE_TRY(const auto update,
                   m_database.statement("UPDATE folders SET name = ?2 WHERE id = ?1 RETURNING id"));
        ALCOVE_CHECK(mustChange(update->bind(1, id).bind(2, name), "folder", id));
    }
    return together.commit();
}

Result<void> ConversationStore::removeFolder(int64_t id) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_CHECK(writeSo(Survives::PowerCut));
    ALCOVE_TRY(const auto erase,
               m_database.statement("DELETE FROM folders WHERE id = ?1 RETURNING id"));
    return mustChange(erase->bind(1, id), "folder", id);
}

}  // namespace alcove::app
