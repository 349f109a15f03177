// The messages of conversations, and drafts.
#include <algorithm>
#include <array>
#include <utility>

#include "app/conversations/conversation_rows.h"
#include "app/conversations/conversation_store.h"
#include "app/conversations/search_words.h"

namespace alcove::app {
using rag::Database;
using rag::Statement;
using rag::Transaction;

namespace {

Error noMessage(int64_t id) { return fail("there is no message ", id, " (any more)"); }

/// A message among those with the same parent.
struct Sibling {
    int64_t id, parent;
    bool shown;
};

/// All of a conversation, by parent, then by age.
Result<std::vector<Sibling>> siblingsIn(Database& database, int64_t conversation) {
    ALCOVE_TRY(const auto select,
               database.statement("SELECT id, parent, shown FROM messages WHERE conversation = ?1 "
                                  "ORDER BY parent, id"));
    select->bind(1, conversation);
    std::vector<Sibling> siblings;
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return siblings;
        siblings.push_back({select->integer(0), select->integer(1), select->integer(2) != 0});
    }
}

/// Which message is where: conversation and parent.
struct Place {
    int64_t conversation = 0, parent = 0;
};

Result<Place> placeOf(Database& database, int64_t message) {
    ALCOVE_TRY(const auto select,
               database.statement("SELECT conversation, parent FROM messages WHERE id = ?1"));
    ALCOVE_TRY(const bool row, select->bind(1, message).step());
    if (!row) return noMessage(message);
    return Place{select->integer(0), select->integer(1)};
}

Result<void> show(Database& database, int64_t message, const Place& place) {
    ALCOVE_TRY(const auto update,
               database.statement("UPDATE messages SET shown = (id = ?3) WHERE conversation = ?1 "
                                  "AND parent = ?2 AND shown <> (id = ?3)"));
    return update->bind(1, place.conversation).bind(2, place.parent).bind(3, message).run();
}

Result<void> touch(Database& database, int64_t conversation) {
    ALCOVE_TRY(const auto update,
               database.statement("UPDATE conversations SET changed = ?2 WHERE id = ?1 "
                                  "RETURNING id"));
    return mustChange(update->bind(1, conversation).bind(2, now()), "conversation", conversation);
}

Result<void> changeIndex(Database& database, const char* sql, int64_t id, std::string_view text) {
    ALCOVE_TRY(const auto statement, database.statement(sql));
    return statement->bind(1, id).bind(2, searchable(text)).run();
}

}  // namespace

Result<void> indexTitle(Database& database, int64_t id, std::string_view title) {
    return changeIndex(database, "INSERT INTO title_words (rowid, words) VALUES (?1, ?2)", id,
                       title);
}

Result<void> forgetTitle(Database& database, int64_t id, std::string_view title) {
    return changeIndex(database,
                       "INSERT INTO title_words (title_words, rowid, words) VALUES ('delete', ?1, "
                       "?2)",
                       id, title);
}

Result<void> indexMessage(Database& database, int64_t id, std::string_view text) {
    return changeIndex(database, "INSERT INTO message_words (rowid, words) VALUES (?1, ?2)", id,
                       text);
}

Result<void> forgetMessage(Database& database, int64_t id, std::string_view text) {
    return changeIndex(database,
                       "INSERT INTO message_words (message_words, rowid, words) VALUES ('delete', "
                       "?1, ?2)",
                       id, text);
}

std::string detailsText(const nlohmann::ordered_json& details) {
    if (details.is_null()) return {};
    return details.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

nlohmann::ordered_json detailsOf(std::string_view text) {
    if (text.empty()) return nullptr;
    auto details = nlohmann::ordered_json::parse(text.begin(), text.end(), nullptr, false);
    return details.is_discarded() ? nlohmann::ordered_json() : details;
}

Result<void> addPieces(Database& database, int64_t message, std::string& thought,
                       std::string& text) {
    ALCOVE_TRY(const auto select,
               database.statement("SELECT thought, text FROM pieces WHERE message = ?1 ORDER BY "
                                  "number"));
    select->bind(1, message);
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return {};
        thought += select->text(0);
        text += select->text(1);
    }
}

Result<void> endGrowing(Database& database, int64_t message, MessageState state) {
    std::string thought, text;
    {
        ALCOVE_TRY(const auto select,
                   database.statement("SELECT thought, text FROM messages WHERE id = ?1"));
        ALCOVE_TRY(const bool row, select->bind(1, message).step());
        if (!row) return noMessage(message);
        thought = select->text(0);
        text = select->text(1);
    }
    ALCOVE_CHECK(addPieces(database, message, thought, text));
    {
        ALCOVE_TRY(const auto update,
                   database.statement("UPDATE messages SET thought = ?2, text = ?3, state = ?4 "
                                      "WHERE id = ?1"));
        update->bind(1, message).bind(2, thought).bind(3, text);
        ALCOVE_CHECK(update->bind(4, static_cast<int64_t>(state)).run());
    }
    {
        ALCOVE_TRY(const auto erase, database.statement("DELETE FROM pieces WHERE message = ?1"));
        ALCOVE_CHECK(erase->bind(1, message).run());
    }
    return indexMessage(database, message, text);
}

Result<std::vector<StoredMessage>> ConversationStore::path(int64_t conversation) const {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(const auto together, rag::ReadTransaction::begin(m_database));
    ALCOVE_TRY(const std::vector<Sibling> siblings, siblingsIn(m_database, conversation));
    std::vector<StoredMessage> messages;
    if (siblings.empty()) {
        ALCOVE_TRY(const auto select,
                   m_database.statement("SELECT 1 FROM conversations WHERE id = ?1"));
        ALCOVE_TRY(const bool there, select->bind(1, conversation).step());
        if (!there) return fail("there is no conversation ", conversation, " (any more)");
        return messages;
    }
    ALCOVE_TRY(const auto select,
               m_database.statement("SELECT from_user, state, rating, created, model, error, "
                                    "details, thought, text FROM messages WHERE id = ?1"));
    const auto byParent = [](const Sibling& a, const Sibling& b) { return a.parent < b.parent; };
    for (int64_t parent = 0;;) {
        const auto [first, end] =
            std::equal_range(siblings.begin(), siblings.end(), Sibling{0, parent, false}, byParent);
        if (first == end) return messages;
        const auto one =
            std::find_if(first, end - 1, [](const Sibling& sibling) { return sibling.shown; });
        StoredMessage message;
        message.id = one->id;
        message.parent = parent;
        message.version = static_cast<int>(one - first);
        message.versions = static_cast<int>(end - first);
        ALCOVE_TRY(const bool row, select->bind(1, one->id).step());
        if (!row) return noMessage(one->id);
        message.fromUser = select->integer(0) != 0;
        message.state = static_cast<MessageState>(select->integer(1));
        message.rating = static_cast<int>(select->integer(2));
        message.created = select->integer(3);
        message.model = select->text(4);
        message.error = select->text(5);
        message.details = detailsOf(select->text(6));
        message.thought = select->text(7);
        message.text = select->text(8);
        select->reset();
        if (message.state == MessageState::Growing)
            ALCOVE_CHECK(addPieces(m_database, message.id, message.thought, message.text));
        parent = message.id;
        messages.push_back(std::move(message));
    }
}

Result<int64_t> ConversationStore::add(int64_t conversation, const NewMessage& message) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(Transaction together, begin());
    ALCOVE_CHECK(touch(m_database, conversation));
    if (message.parent != 0) {
        ALCOVE_TRY(const Place parent, placeOf(m_database, message.parent));
        if (parent.conversation != conversation)
            return fail("message ", message.parent, " belongs to another conversation than ",
                        conversation);
    }
    int64_t id = 0;
    {
        ALCOVE_TRY(const auto insert,
                   m_database.statement(
                       "INSERT INTO messages (conversation, parent, shown, from_user, state, "
                       "rating, created, model, error, details, thought, text) VALUES (?1, ?2, 1, "
                       "?3, ?4, 0, ?5, ?6, '', ?7, '', ?8)"));
        insert->bind(1, conversation).bind(2, message.parent).bind(3, int64_t{message.fromUser});
        insert->bind(4, static_cast<int64_t>(message.state)).bind(5, now()).bind(6, message.model);
        ALCOVE_CHECK(insert->bind(7, detailsText(message.details)).bind(8, message.text).run());
        id = m_database.lastInsertedId();
    }
    ALCOVE_CHECK(show(m_database, id, {conversation, message.parent}));
    if (message.state != MessageState::Growing)
        ALCOVE_CHECK(indexMessage(m_database, id, message.text));
    ALCOVE_CHECK(together.commit());
    return id;
}

Result<void> ConversationStore::grow(int64_t message, std::string_view thought,
                                     std::string_view text) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_CHECK(writeSo(Survives::Kill));
    ALCOVE_TRY(const auto insert,
               m_database.statement(
                   "INSERT INTO pieces (message, number, thought, text) SELECT id, (SELECT "
                   "coalesce(max(number), 0) + 1 FROM pieces WHERE message = ?1), ?2, ?3 FROM "
                   "messages WHERE id = ?1 AND state = 0 RETURNING number"));
    return mustChange(insert->bind(1, message).bind(2, thought).bind(3, text), "growing message",
                      message);
}

Result<void> ConversationStore::finish(int64_t message, MessageState state, std::string_view error,
                                       const nlohmann::ordered_json& details) {
    if (state == MessageState::Growing) return fail("a message that grows is not finished");
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(Transaction together, begin());
    ALCOVE_TRY(const Place place, placeOf(m_database, message));
    bool growing = false;
    {
        ALCOVE_TRY(const auto select,
                   m_database.statement("SELECT state FROM messages WHERE id = ?1"));
        ALCOVE_TRY(const bool row, select->bind(1, message).step());
        growing = row && select->integer(0) == static_cast<int64_t>(MessageState::Growing);
    }
    if (growing) ALCOVE_CHECK(endGrowing(m_database, message, state));
    {
        ALCOVE_TRY(const auto update,
                   m_database.statement("UPDATE messages SET state = ?2, error = ?3, details = "
                                        "iif(?4 = '', details, ?4) WHERE id = ?1"));
        update->bind(1, message).bind(2, static_cast<int64_t>(state)).bind(3, error);
        ALCOVE_CHECK(update->bind(4, detailsText(details)).run());
    }
    if (growing) ALCOVE_CHECK(touch(m_database, place.conversation));
    return together.commit();
}

Result<void> ConversationStore::resume(int64_t message) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(Transaction together, begin());
    std::string text;
    {
        ALCOVE_TRY(const auto select,
                   m_database.statement("SELECT text, state FROM messages WHERE id = ?1"));
        ALCOVE_TRY(const bool row, select->bind(1, message).step());
        if (!row) return noMessage(message);
        if (select->integer(1) == static_cast<int64_t>(MessageState::Growing)) return {};
        text = select->text(0);
    }
    ALCOVE_CHECK(forgetMessage(m_database, message, text));
    {
        ALCOVE_TRY(const auto update,
                   m_database.statement("UPDATE messages SET state = 0, error = '' WHERE id = ?1"));
        ALCOVE_CHECK(update->bind(1, message).run());
    }
    return together.commit();
}

Result<void> ConversationStore::choose(int64_t message, int version) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(Transaction together, begin());
    ALCOVE_TRY(const Place place, placeOf(m_database, message));
    int64_t chosen = 0;
    {
        ALCOVE_TRY(const auto select,
                   m_database.statement("SELECT id FROM messages WHERE conversation = ?1 AND "
                                        "parent = ?2 ORDER BY id LIMIT 1 OFFSET ?3"));
        select->bind(1, place.conversation).bind(2, place.parent);
        ALCOVE_TRY(const bool row, select->bind(3, int64_t{std::max(version, 0)}).step());
        if (!row || version < 0) return fail("message ", message, " has no version ", version);
        chosen = select->integer(0);
    }
    ALCOVE_CHECK(show(m_database, chosen, place));
    return together.commit();
}

Result<void> ConversationStore::reveal(int64_t message) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(Transaction together, begin());
    do {
        ALCOVE_TRY(const Place place, placeOf(m_database, message));
        ALCOVE_CHECK(show(m_database, message, place));
        message = place.parent;
    } while (message != 0);
    return together.commit();
}

Result<void> ConversationStore::rate(int64_t message, int rating) {
    if (rating < -1 || rating > 1) return fail("a rating is -1, 0 or 1, not ", rating);
    const std::scoped_lock lock(m_mutex);
    ALCOVE_CHECK(writeSo(Survives::PowerCut));
    ALCOVE_TRY(const auto update,
               m_database.statement("UPDATE messages SET rating = ?2 WHERE id = ?1 RETURNING id"));
    return mustChange(update->bind(1, message).bind(2, int64_t{rating}), "message", message);
}

Result<void> ConversationStore::setDraft(int64_t conversation, std::string_view text) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_CHECK(writeSo(Survives::Kill));
    if (text.empty()) {
        ALCOVE_TRY(const auto erase,
                   m_database.statement("DELETE FROM drafts WHERE conversation = ?1"));
        return erase->bind(1, conversation).run();
    }
    ALCOVE_TRY(const auto insert,
               m_database.statement("INSERT INTO drafts (conversation, text) SELECT ?1, ?2 WHERE "
                                    "?1 = 0 OR EXISTS (SELECT 1 FROM conversations WHERE id = ?1) "
                                    "ON CONFLICT (conversation) DO UPDATE SET text = excluded.text "
                                    "RETURNING conversation"));
    return mustChange(insert->bind(1, conversation).bind(2, text), "conversation", conversation);
}

Result<std::string> ConversationStore::draft(int64_t conversation) const {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(const auto select,
               m_database.statement("SELECT text FROM drafts WHERE conversation = ?1"));
    ALCOVE_TRY(const bool row, select->bind(1, conversation).step());
    return row ? std::string(select->text(0)) : std::string();
}

}  // namespace alcove::app
