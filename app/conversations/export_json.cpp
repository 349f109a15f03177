#include <array>

#include "app/conversations/export.h"

namespace alcove::app {
namespace {

using Json = nlohmann::ordered_json;

Json toJson(const TreeMessage& message) {
    Json json;
    json["parent"] = message.parent == TreeMessage::kFirst ? Json() : Json(message.parent);
    if (message.shown) json["shown"] = true;
    json["by"] = message.fromUser ? "user" : "model";
    if (!message.model.empty()) json["model"] = message.model;
    if (!message.thought.empty()) json["thought"] = message.thought;
    json["text"] = message.text;
    json["state"] = nameOf(message.state);
    if (!message.error.empty()) json["error"] = message.error;
    if (message.rating != 0) json["rating"] = message.rating;
    // Sorted: who reads it back need not keep another order.
    if (!message.details.is_null()) json["details"] = nlohmann::json(message.details);
    json["created"] = message.created;
    return json;
}

Json toJson(const ConversationTree& tree) {
    Json json;
    json["id"] = tree.identity;
    json["title"] = tree.title;
    json["titled"] = tree.titled;
    if (!tree.folder.empty()) json["folder"] = tree.folder;
    json["pinned"] = tree.pinned;
    json["archived"] = tree.archived;
    json["created"] = tree.created;
    json["changed"] = tree.changed;
    json["messages"] = Json::array();
    for (const TreeMessage& message : tree.messages) json["messages"].push_back(toJson(message));
    return json;
}

}  // namespace

std::string_view nameOf(MessageState state) {
    constexpr std::array<std::string_view, 6> kNames = {"interrupted", "complete", "limit",
                                                        "stopped",     "failed",   "interrupted"};
    return kNames[static_cast<size_t>(state)];
}

std::string conversationsToJson(std::span<const ConversationTree> trees) {
    Json json;
    json["format"] = kJsonFormat;
    json["version"] = kJsonVersion;
    json["conversations"] = Json::array();
    for (const ConversationTree& tree : trees) json["conversations"].push_back(toJson(tree));
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace alcove::app
