// Forgetting for good. A row that is deleted is overwritten (PRAGMA secure_delete), but pages that
// were rebalanced, the merged parts of the full text and the log may still hold words: so the full
// text is made one part, the file is written anew and the log is cut.
#include "app/conversations/conversation_rows.h"
#include "app/conversations/conversation_store.h"

namespace alcove::app {
using rag::Database;
using rag::Transaction;

namespace {

/// `each` is a statement that gives ids and texts.
template <typename Forget>
Result<void> forgetWords(Database& database, const char* each, int64_t conversation,
                         const Forget& forget) {
    ALCOVE_TRY(const auto select, database.statement(each));
    select->bind(1, conversation);
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return {};
        ALCOVE_CHECK(forget(database, select->integer(0), select->text(1)));
    }
}

Result<void> erase(Database& database, int64_t conversation) {
    ALCOVE_CHECK(forgetWords(database, "SELECT id, title FROM conversations WHERE id = ?1",
                             conversation, forgetTitle));
    ALCOVE_CHECK(forgetWords(database,
                             "SELECT id, text FROM messages WHERE conversation = ?1 AND state <> 0",
                             conversation, forgetMessage));
    ALCOVE_TRY(const auto draft, database.statement("DELETE FROM drafts WHERE conversation = ?1"));
    ALCOVE_CHECK(draft->bind(1, conversation).run());
    ALCOVE_TRY(const auto rows, database.statement("DELETE FROM conversations WHERE id = ?1"));
    return rows->bind(1, conversation).run();
}

}  // namespace

Result<void> ConversationStore::wipe() {
    ALCOVE_CHECK(m_database.execute("VACUUM"));
    return m_database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<int64_t> ConversationStore::forget(const char* which, int64_t before) {
    const std::scoped_lock lock(m_mutex);
    std::vector<int64_t> gone;
    {
        ALCOVE_TRY(Transaction together, begin());
        {
            ALCOVE_TRY(const auto select, m_database.statement(which));
            select->bind(1, before);
            for (;;) {
                ALCOVE_TRY(const bool row, select->step());
                if (!row) break;
                gone.push_back(select->integer(0));
            }
        }
        if (gone.empty()) return 0;
        for (const int64_t conversation : gone) ALCOVE_CHECK(erase(m_database, conversation));
        ALCOVE_CHECK(
            m_database.execute("INSERT INTO title_words (title_words) VALUES ('optimize');"
                               "INSERT INTO message_words (message_words) VALUES ('optimize')"));
        ALCOVE_CHECK(together.commit());
    }
    ALCOVE_CHECK(wipe());
    return static_cast<int64_t>(gone.size());
}

Result<int64_t> ConversationStore::purgeRemoved(int64_t before) {
    return forget("SELECT id FROM conversations WHERE removed <> 0 AND removed < ?1", before);
}

Result<int64_t> ConversationStore::forgetOlderThan(int64_t changedBefore) {
    return forget("SELECT id FROM conversations WHERE changed < ?1", changedBefore);
}

Result<void> ConversationStore::removeEverything() {
    const std::scoped_lock lock(m_mutex);
    {
        ALCOVE_TRY(Transaction together, begin());
        ALCOVE_CHECK(
            m_database.execute("DELETE FROM conversations; DELETE FROM folders; DELETE FROM drafts;"
                               "INSERT INTO title_words (title_words) VALUES ('delete-all');"
                               "INSERT INTO message_words (message_words) VALUES ('delete-all')"));
        ALCOVE_CHECK(together.commit());
    }
    return wipe();
}

}  // namespace alcove::app
