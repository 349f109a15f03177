// What the readers of foreign conversations share: messages that name the one they follow become a
// tree, whatever they name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/conversations/conversation_tree.h"
#include "app/conversations/import.h"
#include "engine/import/json.h"

namespace alcove::app {

constexpr size_t kMostImported = 1'000'000;        // messages of a file
constexpr size_t kLongestText = size_t{16} << 20;  // bytes of a message
constexpr size_t kMostNamed = 100;                 // attachments of a message

struct ForeignNode {
    std::string_view id, parent;             // of the JSON, which must live; empty: it has none
    const engine::Json* children = nullptr;  // their ids, for the order; may be missing
    bool kept = false;                       // else what follows it follows the one before it
    TreeMessage message;                     // if kept
    std::string carried;                     // a thought for what follows first
};

/// For one file.
class ForeignReading {
public:
    ForeignReading(int64_t now, LeftOutCounts& leftOut) : m_now(now), m_leftOut(leftOut) {}

    void leaveOut(LeftOut reason, int64_t count = 1);
    /// Seconds, milliseconds or finer since 1970, whichever is plausible, in milliseconds; 0 where
    /// there is no such date.
    [[nodiscard]] static int64_t time(const engine::Json* value);
    /// On one line, and not too long.
    [[nodiscard]] static std::string shortText(std::string_view text);
    /// A text of a message, cut if it is too long.
    [[nodiscard]] std::string longText(std::string text);

    /// Adds the nodes that are kept to the tree. `current`: the last one that was shown.
    void build(std::vector<ForeignNode>& nodes, std::string_view current, ConversationTree& tree);
    /// Title and dates, where the file has none or they lie in the future. False: there is nothing
    /// in it.
    [[nodiscard]] bool complete(ConversationTree& tree);
    /// Counts a message; false: there are too many.
    [[nodiscard]] bool mayHaveMore();

private:
    int64_t m_now;
    size_t m_messages = 0;
    LeftOutCounts& m_leftOut;
};

// An item of the list that each program's file is. What has no messages is empty.
[[nodiscard]] bool isChatGpt(const engine::Json& item);
[[nodiscard]] ConversationTree readChatGpt(const engine::Json& item, ForeignReading& reading);
[[nodiscard]] bool isOpenWebUi(const engine::Json& item);
[[nodiscard]] ConversationTree readOpenWebUi(const engine::Json& item, ForeignReading& reading);

}  // namespace alcove::app
