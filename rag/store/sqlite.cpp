#include "rag/store/sqlite.h"

#include <sqlite3.h>

#include <utility>

#include "rag/store/text_rank.h"

namespace alcove::rag {

const Remedies kLibraryRemedies = {
    ". The library's database is damaged; the documents themselves are not touched. Move the "
    "library's folder away and ingest them again",
    ". A library must lie where this user may write"};

namespace {

/// What whoever reads the message can do.
std::string_view remedy(int code, const Remedies& remedies) {
    switch (code & 0xff) {  // without what extends it
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return remedies.damaged;
        case SQLITE_FULL:
            return ". What was done before is kept; make room on the disk and do it again";
        case SQLITE_IOERR:
            return ". The disk did not do what it was asked for; what was done before is kept";
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
            return remedies.unwritable;
        default:
            return "";
    }
}

Error failure(sqlite3* database, std::string_view name, const Remedies& remedies) {
    if (database == nullptr) return fail(name, ": no memory");
    return fail(name, ": ", sqlite3_errmsg(database), remedy(sqlite3_errcode(database), remedies));
}

const char* fileName(sqlite3_stmt* statement) {
    const char* name = sqlite3_db_filename(sqlite3_db_handle(statement), "main");
    return name == nullptr ? "database" : name;
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int parameter, int64_t value) {
    if (m_bindError == 0) m_bindError = sqlite3_bind_int64(m_statement.get(), parameter, value);
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
    if (m_bindError == 0)  // a null pointer would bind NULL
        m_bindError =
            sqlite3_bind_text64(m_statement.get(), parameter, text.empty() ? "" : text.data(),
                                text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(int parameter, std::span<const std::byte> blob) {
    if (m_bindError == 0)
        m_bindError = blob.empty() ? sqlite3_bind_zeroblob(m_statement.get(), parameter, 0)
                                   : sqlite3_bind_blob64(m_statement.get(), parameter, blob.data(),
                                                         blob.size(), SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bindNull(int parameter) {
    if (m_bindError == 0) m_bindError = sqlite3_bind_null(m_statement.get(), parameter);
    return *this;
}

Statement& Statement::bindPointer(int parameter, void* value, const char* type) {
    if (m_bindError == 0)
        m_bindError = sqlite3_bind_pointer(m_statement.get(), parameter, value, type, nullptr);
    return *this;
}

Result<bool> Statement::step() {
    if (const int error = std::exchange(m_bindError, 0); error != 0) {
        reset();
        return fail(fileName(m_statement.get()),
                    ": a value cannot be stored: ", sqlite3_errstr(error));
    }
    const int code = sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW) return true;
    Result<bool> result = false;
    if (code != SQLITE_DONE)
        result =
            failure(sqlite3_db_handle(m_statement.get()), fileName(m_statement.get()), *m_remedies);
    reset();
    return result;
}

Result<void> Statement::run() {
    ALCOVE_TRY(const bool row, step());
    if (row) reset();
    return {};
}

void Statement::reset() {
    sqlite3_reset(m_statement.get());
    sqlite3_clear_bindings(m_statement.get());
}

int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(m_statement.get(), column);
}

double Statement::real(int column) const {
    return sqlite3_column_double(m_statement.get(), column);
}

std::string_view Statement::text(int column) const {
    const auto* text = sqlite3_column_text(m_statement.get(), column);
    if (text == nullptr) return {};
    return {reinterpret_cast<const char*>(text),
            static_cast<size_t>(sqlite3_column_bytes(m_statement.get(), column))};
}

std::span<const std::byte> Statement::blob(int column) const {
    const void* blob = sqlite3_column_blob(m_statement.get(), column);
    if (blob == nullptr) return {};
    return {static_cast<const std::byte*>(blob),
            static_cast<size_t>(sqlite3_column_bytes(m_statement.get(), column))};
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<Database> Database::open(const std::filesystem::path& path, const Remedies& remedies) {
    const std::u8string name = path.u8string();  // SQLite takes UTF-8 everywhere
    return open(reinterpret_cast<const char*>(name.c_str()), path.string(),
                SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, remedies);
}

Result<Database> Database::openUnchanging(const std::filesystem::path& path) {
    std::error_code failed;
    const std::u8string name = std::filesystem::absolute(path, failed).generic_u8string();
    if (failed) return fail(path.string(), ": ", failed.message());
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.~";
    std::string uri = name.empty() || name.front() != u8'/' ? "file:///" : "file://";
    for (const char8_t c : name) {
        if (kPlain.find(static_cast<char>(c)) != std::string_view::npos) {
            uri += static_cast<char>(c);
            continue;
        }
        constexpr std::string_view kHex = "0123456789ABCDEF";
        uri += {'%', kHex[static_cast<size_t>(c >> 4)], kHex[static_cast<size_t>(c & 15)]};
    }
    return open((uri + "?immutable=1").c_str(), path.string(),
                SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, kLibraryRemedies);
}

Result<Database> Database::open(const char* name, std::string shown, int flags,
                                const Remedies& remedies) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(name, &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database;
    database.m_database.reset(handle);
    database.m_name = std::move(shown);
    database.m_remedies = &remedies;
    if (code != SQLITE_OK) return failure(handle, database.m_name, remedies);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, 10'000);  // ms; reader and writer wait for a checkpoint
    ALCOVE_CHECK(database.execute("PRAGMA foreign_keys = ON"));
    if (const auto added = addTextRank(handle); !added)
        return fail(database.m_name, ": ", added.message());
    return database;
}

Result<void> Database::execute(const char* sql) {
    if (sqlite3_exec(m_database.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return failure(m_database.get(), m_name, *m_remedies);
    return {};
}

Result<Statement> Database::prepare(const char* sql) {
    sqlite3_stmt* handle = nullptr;
    if (sqlite3_prepare_v3(m_database.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle,
                           nullptr) != SQLITE_OK)
        return failure(m_database.get(), m_name, *m_remedies);
    Statement statement;
    statement.m_statement.reset(handle);
    statement.m_remedies = m_remedies;
    return statement;
}

Result<BorrowedStatement> Database::statement(const char* sql) {
    auto found = m_kept.find(sql);
    if (found == m_kept.end()) {
        ALCOVE_TRY(Statement prepared, prepare(sql));
        found = m_kept.emplace(sql, std::move(prepared)).first;
    }
    return BorrowedStatement(&found->second);
}

Result<int64_t> Database::number(const char* sql) {
    ALCOVE_TRY(Statement statement, prepare(sql));
    ALCOVE_TRY(const bool row, statement.step());
    return row ? statement.integer(0) : 0;
}

int64_t Database::lastInsertedId() const { return sqlite3_last_insert_rowid(m_database.get()); }

Result<ReadTransaction> ReadTransaction::begin(Database& database) {
    ALCOVE_CHECK(database.execute("BEGIN"));
    return ReadTransaction(database);
}

ReadTransaction::~ReadTransaction() {
    if (m_database != nullptr) (void)m_database->execute("COMMIT");
}

Result<Transaction> Transaction::begin(Database& database) {
    ALCOVE_CHECK(database.execute("BEGIN IMMEDIATE"));
    return Transaction(database);
}

Transaction::~Transaction() {
    if (m_database != nullptr) (void)m_database->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
    ALCOVE_CHECK(m_database->execute("COMMIT"));
    m_database = nullptr;
    return {};
}

}  // namespace alcove::rag
