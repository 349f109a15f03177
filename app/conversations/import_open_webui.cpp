// What Open WebUI exports: a list of chats, each with its `chat`: a title and a `history` of
// `messages` by id, which name their parentId and childrenIds, and the `currentId` that was shown
// last. Older ones have a plain list `messages` alone. A thought stands at the beginning of the
// text, between <details type="reasoning"> and its end, as quoted lines of escaped HTML.
#include <algorithm>
#include <array>
#include <utility>

#include "app/conversations/foreign_tree.h"

namespace alcove::app {
using engine::asString;
using engine::find;
using engine::Json;
using engine::stringAt;

namespace {

std::string unescape(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, char>, 6> kNames = {{{"&lt;", '<'},
                                                                          {"&gt;", '>'},
                                                                          {"&quot;", '"'},
                                                                          {"&#x27;", '\''},
                                                                          {"&#39;", '\''},
                                                                          {"&amp;", '&'}}};
    std::string plain;
    for (size_t at = 0; at < text.size();) {
        size_t taken = 0;
        if (text[at] == '&')
            for (const auto& [name, sign] : kNames)
                if (text.substr(at, name.size()) == name) {
                    plain += sign;
                    taken = name.size();
                    break;
                }
        if (taken == 0) plain += text[at], taken = 1;
        at += taken;
    }
    return plain;
}

void skipBlank(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// Takes what stands between `open` and `close` at the beginning of a text.
bool takeBetween(std::string_view& text, std::string_view open, std::string_view close,
                 std::string_view& between) {
    std::string_view rest = text;
    skipBlank(rest);
    if (rest.substr(0, open.size()) != open) return false;
    rest.remove_prefix(open.size());
    const size_t end = rest.find(close);
    if (end == std::string_view::npos) return false;
    between = rest.substr(0, end);
    text = rest.substr(end + close.size());
    skipBlank(text);
    return true;
}

void addLine(std::string& text, std::string_view line) {
    if (!text.empty()) text += '\n';
    text += line;
}

/// Takes the thoughts from the beginning of an answer.
std::string takeThoughts(std::string_view& text) {
    std::string thought;
    for (std::string_view block;
         takeBetween(text, "<details type=\"reasoning\"", "</details>", block);) {
        block.remove_prefix(std::min(block.find('>'), block.size() - 1) + 1);  // its attributes
        std::string_view summary;
        (void)takeBetween(block, "<summary>", "</summary>", summary);
        while (!block.empty() && (block.back() == '\n' || block.back() == ' '))
            block.remove_suffix(1);
        std::string lines;
        for (bool more = !block.empty(); more;) {
            const size_t end = block.find('\n');
            std::string line = unescape(block.substr(0, end));
            if (line.rfind('>', 0) == 0) line.erase(0, line.rfind("> ", 0) == 0 ? 2 : 1);
            addLine(lines, line);
            more = end != std::string_view::npos;
            if (more) block.remove_prefix(end + 1);
        }
        addLine(thought, lines);
    }
    for (std::string_view block; takeBetween(text, "<think>", "</think>", block);) {
        skipBlank(block);
        addLine(thought, block);
    }
    return thought;
}

/// Text, and how many pictures stand among it.
std::pair<std::string, size_t> contentOf(const Json* content) {
    std::pair<std::string, size_t> found;
    if (const std::string* text = asString(content)) found.first = *text;
    if (content == nullptr || !content->is_array()) return found;
    for (const Json& part : *content) {
        if (const std::string* text = asString(find(part, "text")))
            addLine(found.first, *text);
        else
            ++found.second;
    }
    return found;
}

/// `count`: of pictures in the text; then of all, also those that are not named.
nlohmann::ordered_json attachmentsOf(const Json& message, size_t& count) {
    auto attachments = nlohmann::ordered_json::array();
    const size_t pictures = count;
    if (const Json* files = find(message, "files"); files != nullptr && files->is_array()) {
        for (const Json& file : *files) {
            if (!file.is_object()) continue;
            ++count;
            if (attachments.size() == kMostNamed) continue;
            nlohmann::ordered_json attachment;
            attachment["kind"] = ForeignReading::shortText(stringAt(&file, "type"));
            const std::string name = ForeignReading::shortText(stringAt(&file, "name"));
            if (!name.empty()) attachment["name"] = name;
            attachments.push_back(std::move(attachment));
        }
    }
    for (size_t i = 0; i < pictures && attachments.size() < kMostNamed; ++i)
        attachments.push_back({{"kind", "picture"}});
    return attachments;
}

std::string errorOf(const Json* error) {
    if (const std::string* text = asString(error)) return ForeignReading::shortText(*text);
    return ForeignReading::shortText(stringAt(error, "content"));
}

void readMessage(const Json& message, ForeignNode& node, ForeignReading& reading) {
    const std::string_view role = stringAt(&message, "role");
    if (role == "system") return reading.leaveOut(LeftOut::Instructions);
    if (role == "tool") return reading.leaveOut(LeftOut::Tools);
    if (role != "user" && role != "assistant") return reading.leaveOut(LeftOut::Broken);
    auto [whole, attached] = contentOf(find(message, "content"));
    TreeMessage& read = node.message;
    std::string_view text = whole;
    read.fromUser = role == "user";
    if (!read.fromUser) read.thought = reading.longText(takeThoughts(text));
    auto attachments = attachmentsOf(message, attached);
    const Json* error = find(message, "error");
    if (text.empty() && read.thought.empty() && attachments.empty() && error == nullptr)
        return reading.leaveOut(LeftOut::Wordless);
    node.kept = true;
    read.text = reading.longText(std::string(text));
    read.created = ForeignReading::time(find(message, "timestamp"));
    if (!read.fromUser) {
        read.model = ForeignReading::shortText(stringAt(&message, "model"));
        const auto done = engine::asBoolean(find(message, "done"));
        if (done && !*done) read.state = MessageState::Interrupted;
        if (error != nullptr && !(error->is_boolean() && !error->get<bool>())) {
            read.state = MessageState::Failed;
            read.error = errorOf(error);
        }
        const auto rating = engine::asInteger(find(find(message, "annotation"), "rating"));
        if (rating) read.rating = *rating > 0 ? 1 : *rating < 0 ? -1 : 0;
        if (const Json* sources = find(message, "sources"); sources && sources->is_array())
            reading.leaveOut(LeftOut::Sources, static_cast<int64_t>(sources->size()));
    }
    if (attachments.empty()) return;
    reading.leaveOut(LeftOut::Attachments, static_cast<int64_t>(attached));
    read.details["attachments"] = std::move(attachments);
}

/// What the list is in: { "chat": … } or, in older files, the chat itself.
const Json& chatOf(const Json& item) {
    const Json* chat = find(item, "chat");
    return chat != nullptr && chat->is_object() ? *chat : item;
}

/// The text of a number of the list, for messages without ids.
std::vector<std::string> places(size_t count) {
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
    return names;
}

}  // namespace

bool isOpenWebUi(const Json& item) {
    const Json& chat = chatOf(item);
    const Json* history = find(find(chat, "history"), "messages");
    if (history != nullptr && history->is_object()) return true;
    const Json* list = find(chat, "messages");
    return find(item, "chat") == &chat && list != nullptr && list->is_array();
}

ConversationTree readOpenWebUi(const Json& item, ForeignReading& reading) {
    const Json& chat = chatOf(item);
    ConversationTree tree;
    std::string_view id = stringAt(&item, "id");
    if (id.empty()) id = stringAt(&chat, "id");
    if (!id.empty()) tree.identity = "openwebui:" + std::string(id);
    std::string_view title = stringAt(&chat, "title");
    if (title.empty()) title = stringAt(&item, "title");
    tree.title = ForeignReading::shortText(title);
    tree.created = ForeignReading::time(find(item, "created_at"));
    if (tree.created == 0) tree.created = ForeignReading::time(find(chat, "timestamp"));
    tree.changed = ForeignReading::time(find(item, "updated_at"));
    tree.archived = engine::isTrue(&item, "archived");
    tree.pinned = engine::isTrue(&item, "pinned");

    std::vector<ForeignNode> nodes;
    const auto add = [&](std::string_view key, const Json& message) -> ForeignNode& {
        ForeignNode node;
        node.id = key;
        if (message.is_object())
            readMessage(message, node, reading);
        else
            reading.leaveOut(LeftOut::Broken);
        return nodes.emplace_back(std::move(node));
    };
    const Json* history = find(find(chat, "history"), "messages");
    std::vector<std::string> names;
    std::string_view current = stringAt(find(chat, "history"), "currentId");
    if (history != nullptr && history->is_object()) {
        for (const auto& [key, message] : history->items()) {
            ForeignNode& node = add(key, message);
            node.parent = stringAt(&message, "parentId");
            node.children = find(message, "childrenIds");
        }
    } else {
        const Json& list = *find(chat, "messages");
        names = places(list.size());
        for (size_t i = 0; i < list.size(); ++i)
            if (ForeignNode& node = add(names[i], list[i]); i > 0) node.parent = names[i - 1];
        current = names.empty() ? std::string_view() : std::string_view(names.back());
    }
    reading.build(nodes, current, tree);
    return tree;
}

}  // namespace alcove::app
