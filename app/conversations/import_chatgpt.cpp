// ChatGPT's conversations.json: a list of conversations, each with a `mapping` from ids to nodes
// that name their parent and children, and the `current_node` that was shown last. A node without a
// message is the root. What a message holds depends on its content_type: text in `parts`, with
// objects among them for pictures and sound; thoughts as a list of their own.
#include <optional>
#include <utility>

#include "app/conversations/foreign_tree.h"

namespace alcove::app {
using engine::asString;
using engine::find;
using engine::Json;
using engine::stringAt;

namespace {

struct Content {
    std::string text;
    size_t count = 0;  // of attachments, also those that are not named
    nlohmann::ordered_json attachments = nlohmann::ordered_json::array();
};

void addAttachment(Content& content, std::string_view kind, std::string_view name) {
    ++content.count;
    if (content.attachments.size() == kMostNamed) return;
    nlohmann::ordered_json attachment;
    attachment["kind"] = ForeignReading::shortText(kind);
    if (!name.empty()) attachment["name"] = ForeignReading::shortText(name);
    content.attachments.push_back(std::move(attachment));
}

void addText(std::string& text, std::string_view more) {
    if (more.empty()) return;
    if (!text.empty()) text += '\n';
    text += more;
}

/// Without the marks of sources, which only their own program can resolve: between U+E200 and
/// U+E201.
std::string withoutMarks(std::string_view text) {
    constexpr std::string_view kOpen = "\xEE\x88\x80", kClose = "\xEE\x88\x81";
    constexpr size_t kLongest = 500;  // bytes; what is longer is no mark
    std::string plain;
    while (true) {
        const size_t open = text.find(kOpen);
        plain += text.substr(0, open);
        if (open == std::string_view::npos) return plain;
        text.remove_prefix(open + kOpen.size());
        const size_t close = text.substr(0, kLongest).find(kClose);
        if (close != std::string_view::npos) text.remove_prefix(close + kClose.size());
    }
}

Content contentOf(const Json* content, const Json* metadata) {
    Content found;
    size_t inParts = 0;
    if (const Json* parts = find(content, "parts"); parts != nullptr && parts->is_array()) {
        for (const Json& part : *parts) {
            if (const std::string* text = asString(&part)) {
                addText(found.text, *text);
            } else if (part.is_object()) {
                addText(found.text, stringAt(&part, "text"));  // what was understood of sound
                if (find(part, "text") == nullptr) ++inParts;
            }
        }
    } else {
        addText(found.text, stringAt(content, "text"));
    }
    found.text = withoutMarks(found.text);
    if (const Json* files = find(metadata, "attachments"); files != nullptr && files->is_array())
        for (const Json& file : *files)
            if (file.is_object())
                addAttachment(found, stringAt(&file, "mime_type"), stringAt(&file, "name"));
    // The pictures among the parts stand in that list too, in newer files.
    while (found.count < inParts) addAttachment(found, "picture", {});
    return found;
}

std::string thoughtsOf(const Json* content) {
    std::string thought;
    const Json* thoughts = find(content, "thoughts");
    if (thoughts == nullptr || !thoughts->is_array()) return thought;
    for (const Json& one : *thoughts) {
        std::string_view text = stringAt(&one, "content");
        if (text.empty()) text = stringAt(&one, "summary");
        if (!text.empty() && !thought.empty()) thought += '\n';
        addText(thought, text);
    }
    return thought;
}

MessageState stateOf(const Json* message, const Json* metadata) {
    const std::string_view end = stringAt(find(metadata, "finish_details"), "type");
    if (end == "max_tokens") return MessageState::Limit;
    if (end == "interrupted") return MessageState::Stopped;
    return stringAt(message, "status") == "in_progress" ? MessageState::Interrupted
                                                        : MessageState::Complete;
}

/// Why a message is no part of what was said; nothing: it is.
std::optional<LeftOut> notSaid(const Json* message, const Json* content, const Json* metadata) {
    const std::string_view role = stringAt(find(message, "author"), "role");
    const std::string_view type = stringAt(content, "content_type");
    if (role == "system" || role == "developer" || type == "user_editable_context" ||
        type == "model_editable_context")
        return LeftOut::Instructions;
    if (role == "tool" || role == "function") return LeftOut::Tools;
    if (role != "user" && role != "assistant") return LeftOut::Broken;
    const std::string_view recipient = stringAt(message, "recipient");
    if (role == "assistant" && !recipient.empty() && recipient != "all") return LeftOut::Tools;
    if (engine::isTrue(metadata, "is_visually_hidden_from_conversation")) return LeftOut::Hidden;
    return std::nullopt;
}

void readMessage(const Json& message, std::string_view usualModel, ForeignNode& node,
                 ForeignReading& reading) {
    const Json* content = find(message, "content");
    const Json* metadata = find(message, "metadata");
    const std::string_view type = stringAt(content, "content_type");
    if (type == "thoughts") {
        node.carried = thoughtsOf(content);
        return;
    }
    if (type == "reasoning_recap") return;  // how long it thought
    Content found = contentOf(content, metadata);
    const bool wordless = found.text.empty() && found.attachments.empty();
    if (const auto reason = notSaid(&message, content, metadata)) {
        // Each conversation begins with instructions that are empty.
        if (!wordless || *reason != LeftOut::Instructions) reading.leaveOut(*reason);
        return;
    }
    if (wordless) return reading.leaveOut(LeftOut::Wordless);
    node.kept = true;
    node.message.fromUser = stringAt(find(message, "author"), "role") == "user";
    node.message.text = reading.longText(std::move(found.text));
    node.message.created = ForeignReading::time(find(message, "create_time"));
    if (!node.message.fromUser) {
        const std::string_view model = stringAt(metadata, "model_slug");
        node.message.model = ForeignReading::shortText(model.empty() ? usualModel : model);
        node.message.state = stateOf(&message, metadata);
    }
    if (found.attachments.empty()) return;
    reading.leaveOut(LeftOut::Attachments, static_cast<int64_t>(found.count));
    node.message.details["attachments"] = std::move(found.attachments);
}

}  // namespace

bool isChatGpt(const Json& item) {
    const Json* mapping = find(item, "mapping");
    return mapping != nullptr && mapping->is_object();
}

ConversationTree readChatGpt(const Json& item, ForeignReading& reading) {
    ConversationTree tree;
    std::string_view id = stringAt(&item, "conversation_id");
    if (id.empty()) id = stringAt(&item, "id");
    if (!id.empty()) tree.identity = "chatgpt:" + std::string(id);
    tree.title = ForeignReading::shortText(stringAt(&item, "title"));
    tree.created = ForeignReading::time(find(item, "create_time"));
    tree.changed = ForeignReading::time(find(item, "update_time"));
    tree.archived = engine::isTrue(&item, "is_archived");
    tree.pinned = engine::isTrue(&item, "is_starred");
    std::vector<ForeignNode> nodes;
    for (const auto& [key, value] : find(item, "mapping")->items()) {
        ForeignNode node;
        node.id = key;
        node.parent = stringAt(&value, "parent");
        node.children = find(value, "children");
        if (const Json* message = find(value, "message"); message && message->is_object())
            readMessage(*message, stringAt(&item, "default_model_slug"), node, reading);
        else if (!value.is_object() || message != nullptr)
            reading.leaveOut(LeftOut::Broken);
        nodes.push_back(std::move(node));
    }
    reading.build(nodes, stringAt(&item, "current_node"), tree);
    return tree;
}

}  // namespace alcove::app
