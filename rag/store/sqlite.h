// A thin layer over SQLite: a connection and its prepared statements, with errors as Result.
//
// SQL is always a constant of the program; values are bound. A Statement may be kept and run again;
// it belongs to one thread at a time, as its Database does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace alcove::rag {

/// What to say to whoever reads an error, by what went wrong: what was kept, what to do. Each
/// begins with a full stop. Constants of the program.
struct Remedies {
    std::string_view damaged;     // the file is not, or not any more, what it should be
    std::string_view unwritable;  // the file or its folder
};
extern const Remedies kLibraryRemedies;

class Statement {
public:
    Statement() = default;

    // Parameters count from 1. What is bound is copied.
    Statement& bind(int parameter, int64_t value);
    Statement& bind(int parameter, std::string_view text);
    Statement& bind(int parameter, std::span<const std::byte> blob);
    Statement& bindNull(int parameter);
    /// For a function of the program's own that knows the `type`; it is not copied.
    Statement& bindPointer(int parameter, void* value, const char* type);

    /// True: there is a row, whose columns can be read until the next call. False: no more; the
    /// statement is ready to be run again.
    [[nodiscard]] Result<bool> step();
    /// Runs a statement that gives no rows.
    [[nodiscard]] Result<void> run();
    /// Ends a run, also early, and forgets what was bound.
    void reset();

    // Columns count from 0; text and blob live until the next step() or reset().
    [[nodiscard]] int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::span<const std::byte> blob(int column) const;

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
    const Remedies* m_remedies = &kLibraryRemedies;
    int m_bindError = 0;
};

/// A statement that others use again later: whoever has it gives it back reset.
struct ResetStatement {
    void operator()(Statement* statement) const { statement->reset(); }
};
using BorrowedStatement = std::unique_ptr<Statement, ResetStatement>;

class Database {
public:
    /// Makes the file where there is none. Foreign keys are enforced.
    static Result<Database> open(const std::filesystem::path& path,
                                 const Remedies& remedies = kLibraryRemedies);
    /// For a file that nobody changes meanwhile, also on a medium where nothing can be written.
    /// What its write-ahead log holds is not seen.
    static Result<Database> openUnchanging(const std::filesystem::path& path);

    /// One or several statements without parameters.
    [[nodiscard]] Result<void> execute(const char* sql);
    [[nodiscard]] Result<Statement> prepare(const char* sql);
    /// Prepared at the first call with this constant, then kept. One user at a time.
    [[nodiscard]] Result<BorrowedStatement> statement(const char* sql);
    /// The one number that a statement without parameters gives.
    [[nodiscard]] Result<int64_t> number(const char* sql);
    [[nodiscard]] int64_t lastInsertedId() const;

private:
    static Result<Database> open(const char* name, std::string shown, int flags,
                                 const Remedies& remedies);
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<sqlite3, Close> m_database;
    std::unordered_map<const char*, Statement> m_kept;  // closed before the database
    std::string m_name;
    const Remedies* m_remedies = &kLibraryRemedies;
};

/// What is read until it ends is of one moment; and the file is locked once, not for each
/// statement.
class ReadTransaction {
public:
    static Result<ReadTransaction> begin(Database& database);
    ReadTransaction(ReadTransaction&& other) noexcept
        : m_database(std::exchange(other.m_database, {})) {}
    ReadTransaction& operator=(ReadTransaction&&) = delete;
    ~ReadTransaction();

private:
    explicit ReadTransaction(Database& database) : m_database(&database) {}
    Database* m_database;
};

/// What happens until commit() happens together; without it, nothing has happened.
class Transaction {
public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : m_database(std::exchange(other.m_database, {})) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    [[nodiscard]] Result<void> commit();

private:
    explicit Transaction(Database& database) : m_database(&database) {}
    Database* m_database;
};

}  // namespace alcove::rag
