// A conversation with all versions of its messages, as it is taken from one store to another: what
// exports write and imports read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace alcove::app {

/// The numbers stand in the database; Growing is the only one that is not an end.
enum class MessageState : uint8_t { Growing, Complete, Limit, Stopped, Failed, Interrupted };

struct TreeMessage {
    static constexpr size_t kFirst = static_cast<size_t>(-1);

    size_t parent = kFirst;  // which of the tree's messages: one that comes before this one
    bool shown = false;      // of those with the same parent
    bool fromUser = false;
    std::string text, thought, model;
    MessageState state = MessageState::Complete;
    std::string error;
    int rating = 0;                  // -1, 0, 1
    nlohmann::ordered_json details;  // null: there are none
    int64_t created = 0;             // ms since 1970
};

struct ConversationTree {
    std::string identity;  // the same wherever this conversation is taken; never empty in a store
    std::string title;
    bool titled = false;
    std::string folder;  // its name; empty: in none
    bool pinned = false, archived = false;
    int64_t created = 0, changed = 0;  // ms since 1970
    std::vector<TreeMessage> messages;
};

/// Lets exactly one of those with the same parent be shown: the last of those that are, or else the
/// last.
void settleShown(ConversationTree& tree);

}  // namespace alcove::app
