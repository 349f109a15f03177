// The user's conversations, in one SQLite file that its owner alone may read.
//
// A conversation is a tree of messages: those with the same parent are versions of one another (a
// question that was edited, an answer that was asked for again), and one of them is shown. Ids are
// never used twice.
//
// What returned without an error is kept: grow() and setDraft() survive the end of the process at
// any moment, everything else a power cut as well. A piece of a growing answer costs the same
// however long the answer is: pieces lie in a table of their own until finish() joins them. Words
// can be searched from then on.
//
// One process at a time has the file open. The functions may be called on any thread; they wait for
// one another and for the disk, so not on the one that draws. Ids that are not there, or not any
// more, are errors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/conversations/conversation_tree.h"
#include "engine/base/file_lock.h"
#include "engine/base/result.h"
#include "rag/store/sqlite.h"

namespace alcove::app {

struct ConversationEntry {
    int64_t id = 0;
    std::string title;
    bool titled = false;  // by a model or by the user: not the beginning of the first question
    int64_t folder = 0;   // 0: in none
    bool pinned = false, archived = false;
    int64_t created = 0;  // ms since 1970
    int64_t changed = 0;  // when a message was last added or finished
};

struct FolderEntry {
    int64_t id = 0;
    std::string name;
};

struct StoredMessage {
    int64_t id = 0, parent = 0;  // 0: the first
    bool fromUser = false;
    std::string text, thought, model;
    MessageState state = MessageState::Complete;
    std::string error;
    int rating = 0;  // -1, 0, 1
    /// Sources, counts, speeds, attachments: whatever the window wants to keep; null: nothing.
    nlohmann::ordered_json details;
    int64_t created = 0;
    int version = 0, versions = 1;  // among those with the same parent, from 0
};

struct NewMessage {
    int64_t parent = 0;  // 0: the first
    bool fromUser = false;
    std::string text, model;
    MessageState state = MessageState::Complete;
    nlohmann::ordered_json details;
};

/// Removed: it can be had back until it is purged. What is removed is on no other shelf.
enum class Shelf : uint8_t { Active, Archived, Removed };

struct SearchHit {
    int64_t conversation = 0;
    int64_t message = 0;                           // 0: the title
    std::string title;                             // of the conversation
    std::string excerpt;                           // one line; the title where that is the hit
    std::vector<std::pair<size_t, size_t>> marks;  // what was typed: bytes [first, second) of it
    int64_t changed = 0;                           // the conversation
};

class ConversationStore {
public:
    /// Makes the file where there is none. Messages that grew when the process ended become
    /// Interrupted, with all they had. A file that is broken, of another program or of a later
    /// version is an error and stays as it is.
    static Result<std::unique_ptr<ConversationStore>> open(const std::filesystem::path& file);
    /// For when open() failed and the user wants to begin anew: gives the file, and what belongs to
    /// it, another name, and says which. Fails where another process has it open.
    static Result<std::filesystem::path> putAside(const std::filesystem::path& file);

    ConversationStore(const ConversationStore&) = delete;
    ConversationStore& operator=(const ConversationStore&) = delete;

    /// Pinned ones first, then by when they changed, the latest first.
    [[nodiscard]] Result<std::vector<ConversationEntry>> list(Shelf shelf) const;
    [[nodiscard]] Result<ConversationEntry> entry(int64_t id) const;
    [[nodiscard]] Result<int64_t> create(std::string_view title);
    [[nodiscard]] Result<void> rename(int64_t id, std::string_view title, bool titled);
    [[nodiscard]] Result<void> setPinned(int64_t id, bool pinned);
    [[nodiscard]] Result<void> setArchived(int64_t id, bool archived);
    [[nodiscard]] Result<void> setFolder(int64_t id, int64_t folder);  // 0: into none

    [[nodiscard]] Result<void> remove(int64_t id);
    [[nodiscard]] Result<void> restore(int64_t id);
    // Forever: afterwards the words are not in the file any more. How many conversations it were.
    // Where there are any the file is written anew, which takes seconds for each 100 MB, and all
    // else waits: when nobody needs it.
    /// Those that were removed before.
    [[nodiscard]] Result<int64_t> purgeRemoved(int64_t before);  // ms since 1970
    /// Those that last changed before, wherever they are, pinned ones too.
    [[nodiscard]] Result<int64_t> forgetOlderThan(int64_t changedBefore);  // ms since 1970
    /// Conversations, folders and drafts.
    [[nodiscard]] Result<void> removeEverything();

    /// By name.
    [[nodiscard]] Result<std::vector<FolderEntry>> folders() const;
    /// Names are not empty, and no two are the same.
    [[nodiscard]] Result<int64_t> addFolder(std::string_view name);
    [[nodiscard]] Result<void> renameFolder(int64_t id, std::string_view name);
    /// Its conversations stay, in no folder.
    [[nodiscard]] Result<void> removeFolder(int64_t id);

    /// The messages that are shown, from the first: at each fork the chosen one.
    [[nodiscard]] Result<std::vector<StoredMessage>> path(int64_t conversation) const;
    /// It is shown then, not the other versions. Growing: its text comes by grow().
    [[nodiscard]] Result<int64_t> add(int64_t conversation, const NewMessage& message);
    /// Appends to a message that grows.
    [[nodiscard]] Result<void> grow(int64_t message, std::string_view thought,
                                    std::string_view text);
    /// With any state but Growing. May be said again of a message that is finished. Details that
    /// are null leave those that it has.
    [[nodiscard]] Result<void> finish(int64_t message, MessageState state, std::string_view error,
                                      const nlohmann::ordered_json& details);
    /// A finished message grows again, from where it ended; its error is forgotten.
    [[nodiscard]] Result<void> resume(int64_t message);
    /// Shows another version beside this one.
    [[nodiscard]] Result<void> choose(int64_t message, int version);
    /// Shows this version, and those of the messages before it that lead to it.
    [[nodiscard]] Result<void> reveal(int64_t message);
    [[nodiscard]] Result<void> rate(int64_t message, int rating);

    /// What is typed and not sent. Conversation 0: a chat that has not begun.
    [[nodiscard]] Result<void> setDraft(int64_t conversation, std::string_view text);
    [[nodiscard]] Result<std::string> draft(int64_t conversation) const;  // empty: there is none

    /// As one types: all words must be there, the last one may go on; those between quotation
    /// marks side by side. Case and accents do not count. Titles come first, then messages: those
    /// that have all words side by side before others, whole words before beginnings, later
    /// conversations before older ones. At most three messages of each conversation; what is
    /// removed is not found.
    [[nodiscard]] Result<std::vector<SearchHit>> search(std::string_view typed, int limit) const;

    // Between stores (export.h, import.h).
    [[nodiscard]] Result<ConversationTree> tree(int64_t id) const;
    struct TakenIn {
        int64_t conversations = 0, messages = 0;
        int64_t known = 0;     // were there already, and stay as they are
        int64_t restored = 0;  // of the known: were removed, and are not any more
    };
    /// How many are done; false ends it.
    using Progress = std::function<bool(size_t)>;
    /// All of them or, after an error or where `progress` ends it, none. Folders are made as they
    /// are needed.
    [[nodiscard]] Result<TakenIn> takeIn(std::span<const ConversationTree> trees,
                                         const Progress& progress = {});

private:
    /// What a change outlives.
    enum class Survives : uint8_t { Kill, PowerCut };

    ConversationStore(FileLock lock, rag::Database database);
    [[nodiscard]] Result<void> prepare();
    [[nodiscard]] Result<void> writeSo(Survives survives);
    [[nodiscard]] Result<rag::Transaction> begin();
    [[nodiscard]] Result<void> change(const char* sql, int64_t id, int64_t value);
    [[nodiscard]] Result<void> wipe();
    [[nodiscard]] Result<int64_t> forget(const char* which, int64_t before);

    mutable std::mutex m_mutex;  // guards all that follows
    FileLock m_lock;             // let go of after the database is closed
    mutable rag::Database m_database;
    Survives m_survives = Survives::Kill;  // as the database is set
};

/// $ALCOVE_CONVERSATIONS, or "alcove/conversations.db" in the user's data folder. Empty where
/// neither is known; open() says so.
[[nodiscard]] std::filesystem::path conversationsFile();

}  // namespace alcove::app
