// Whole conversations out of the store and into it.
#include <algorithm>
#include <unordered_map>

#include "app/conversations/conversation_rows.h"
#include "app/conversations/conversation_store.h"

namespace alcove::app {
using rag::Database;
using rag::Transaction;

namespace {

Result<int64_t> folderNamed(Database& database, std::string_view name) {
    if (name.empty()) return 0;
    {
        ALCOVE_TRY(const auto insert, database.statement("INSERT INTO folders (name) VALUES (?1) "
                                                         "ON CONFLICT (name) DO NOTHING"));
        ALCOVE_CHECK(insert->bind(1, name).run());
    }
    ALCOVE_TRY(const auto select, database.statement("SELECT id FROM folders WHERE name = ?1"));
    ALCOVE_TRY(const bool row, select->bind(1, name).step());
    return row ? select->integer(0) : 0;
}

Result<int64_t> insertConversation(Database& database, const ConversationTree& tree) {
    ALCOVE_TRY(const int64_t folder, folderNamed(database, tree.folder));
    int64_t id = 0;
    {
        ALCOVE_TRY(const auto insert,
                   database.statement("INSERT INTO conversations (identity, title, titled, folder, "
                                      "pinned, archived, removed, created, changed) VALUES (?1, "
                                      "?2, ?3, nullif(?4, 0), ?5, ?6, 0, ?7, ?8)"));
        insert->bind(1, tree.identity).bind(2, tree.title).bind(3, int64_t{tree.titled});
        insert->bind(4, folder).bind(5, int64_t{tree.pinned}).bind(6, int64_t{tree.archived});
        ALCOVE_CHECK(insert->bind(7, tree.created).bind(8, tree.changed).run());
        id = database.lastInsertedId();
    }
    ALCOVE_CHECK(indexTitle(database, id, tree.title));
    return id;
}

Result<void> insertMessages(Database& database, int64_t conversation,
                            const ConversationTree& tree) {
    ALCOVE_TRY(const auto insert,
               database.statement("INSERT INTO messages (conversation, parent, shown, from_user, "
                                  "state, rating, created, model, error, details, thought, text) "
                                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"));
    std::vector<int64_t> ids;
    for (const TreeMessage& message : tree.messages) {
        const bool first = message.parent == TreeMessage::kFirst;
        if (!first && message.parent >= ids.size())
            return fail("\"", tree.title, "\": message ", ids.size(),
                        " comes before the one that it follows; nothing was taken over");
        const MessageState state = message.state == MessageState::Growing
                                       ? MessageState::Interrupted  // nobody is at it
                                       : message.state;
        insert->bind(1, conversation).bind(2, first ? int64_t{0} : ids[message.parent]);
        insert->bind(3, int64_t{message.shown}).bind(4, int64_t{message.fromUser});
        insert->bind(5, static_cast<int64_t>(state)).bind(6, int64_t{message.rating});
        insert->bind(7, message.created).bind(8, message.model).bind(9, message.error);
        insert->bind(10, detailsText(message.details)).bind(11, message.thought);
        ALCOVE_CHECK(insert->bind(12, message.text).run());
        ids.push_back(database.lastInsertedId());
        ALCOVE_CHECK(indexMessage(database, ids.back(), message.text));
    }
    return {};
}

}  // namespace

void settleShown(ConversationTree& tree) {
    std::unordered_map<size_t, size_t> shown;  // by parent
    for (size_t i = 0; i < tree.messages.size(); ++i) {
        const auto [at, isNew] = shown.emplace(tree.messages[i].parent, i);
        if (isNew) continue;
        TreeMessage& before = tree.messages[at->second];
        if (before.shown && !tree.messages[i].shown) continue;
        before.shown = false;
        at->second = i;
    }
    for (const auto& [parent, message] : shown) tree.messages[message].shown = true;
}

Result<ConversationTree> ConversationStore::tree(int64_t id) const {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(const auto together, rag::ReadTransaction::begin(m_database));
    ConversationTree tree;
    {
        ALCOVE_TRY(const auto select,
                   m_database.statement("SELECT identity, title, titled, coalesce(name, ''), "
                                        "pinned, archived, created, changed FROM conversations "
                                        "LEFT JOIN folders ON folders.id = folder WHERE "
                                        "conversations.id = ?1"));
        ALCOVE_TRY(const bool row, select->bind(1, id).step());
        if (!row) return fail("there is no conversation ", id, " (any more)");
        tree.identity = select->text(0);
        tree.title = select->text(1);
        tree.titled = select->integer(2) != 0;
        tree.folder = select->text(3);
        tree.pinned = select->integer(4) != 0;
        tree.archived = select->integer(5) != 0;
        tree.created = select->integer(6);
        tree.changed = select->integer(7);
    }
    ALCOVE_TRY(const auto select,
               m_database.statement("SELECT id, parent, shown, from_user, state, rating, created, "
                                    "model, error, details, thought, text FROM messages WHERE "
                                    "conversation = ?1 ORDER BY id"));
    select->bind(1, id);
    std::unordered_map<int64_t, size_t> places = {{0, TreeMessage::kFirst}};
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return tree;
        TreeMessage message;
        const int64_t messageId = select->integer(0);
        const auto parent = places.find(select->integer(1));
        if (parent == places.end()) return fail("message ", messageId, " has lost the one before");
        message.parent = parent->second;
        places.emplace(messageId, tree.messages.size());
        message.shown = select->integer(2) != 0;
        message.fromUser = select->integer(3) != 0;
        message.state = static_cast<MessageState>(select->integer(4));
        message.rating = static_cast<int>(select->integer(5));
        message.created = select->integer(6);
        message.model = select->text(7);
        message.error = select->text(8);
        message.details = detailsOf(select->text(9));
        message.thought = select->text(10);
        message.text = select->text(11);
        if (message.state == MessageState::Growing)
            ALCOVE_CHECK(addPieces(m_database, messageId, message.thought, message.text));
        tree.messages.push_back(std::move(message));
    }
}

Result<ConversationStore::TakenIn> ConversationStore::takeIn(
    std::span<const ConversationTree> trees, const Progress& progress) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(Transaction together, begin());
    TakenIn taken;
    for (size_t i = 0; i < trees.size(); ++i) {
        if (progress && !progress(i)) return fail("the import was ended; nothing was taken over");
        const ConversationTree& tree = trees[i];
        if (tree.identity.empty()) return fail("\"", tree.title, "\" has no identity");
        {
            ALCOVE_TRY(const auto select,
                       m_database.statement("SELECT id, removed FROM conversations WHERE "
                                            "identity = ?1"));
            ALCOVE_TRY(const bool known, select->bind(1, tree.identity).step());
            if (known) {
                ++taken.known;
                if (select->integer(1) == 0) continue;
                ++taken.restored;
                ALCOVE_TRY(const auto update,
                           m_database.statement("UPDATE conversations SET removed = 0 WHERE "
                                                "id = ?1"));
                ALCOVE_CHECK(update->bind(1, select->integer(0)).run());
                continue;
            }
        }
        ALCOVE_TRY(const int64_t id, insertConversation(m_database, tree));
        ALCOVE_CHECK(insertMessages(m_database, id, tree));
        ++taken.conversations;
        taken.messages += static_cast<int64_t>(tree.messages.size());
    }
    ALCOVE_CHECK(together.commit());
    return taken;
}

}  // namespace alcove::app
