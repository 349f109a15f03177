#include "engine/chat/messages.h"

#include <map>
#include <utility>

#include "engine/chat/call_reader.h"
#include "engine/chat/call_shape.h"

namespace alcove::engine {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool isAlnum(std::string_view text) {
    for (const char byte : text) {
        const bool digit = byte >= '0' && byte <= '9';
        const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!digit && !letter) return false;
    }
    return true;
}

/// The text of a message's content: a string, or the text parts of a list.
std::string contentText(const Json& message) {
    const auto content = message.find("content");
    if (content == message.end() || content->is_null()) return {};
    if (content->is_string()) return content->get<std::string>();
    if (!content->is_array()) return dumped(*content);
    std::string text;
    for (const Json& part : *content) {
        if (part.is_string()) {
            text += part.get_ref<const std::string&>();
        } else {
            text += textAt(part, "text");
        }
    }
    return text;
}

void appendText(Json& message, std::string_view text) {
    const std::string gap = contentText(message).empty() ? "" : "\n\n";
    const auto content = message.find("content");
    if (content != message.end() && content->is_array()) {
        content->push_back({{"type", "text"}, {"text", concat(gap, text)}});
    } else {
        message["content"] = concat(contentText(message), gap, text);
    }
}

class Normaliser {
public:
    explicit Normaliser(const AnswerFormat& format) : m_format(&format) {}

    Result<void> add(const Json& given, size_t index) {
        if (!given.is_object()) return fail("message ", index, " is no object");
        const std::string_view role = textAt(given, "role");
        if (role.empty()) return fail("message ", index, " has no role");
        Json message = given;
        if (role == "tool" || role == "function") {
            addResult(std::move(message));
            return {};
        }
        const auto calls = message.find("tool_calls");
        if (calls == message.end() || calls->is_null() || calls->empty()) {
            if (calls != message.end()) message.erase(calls);
            m_messages.push_back(std::move(message));
            return {};
        }
        if (!calls->is_array()) return fail("message ", index, ": tool_calls is no list");
        for (Json& call : *calls) {
            ALCOVE_CHECK(setCall(call, index));
        }
        addCalls(std::move(message));
        return {};
    }

    Json take() {
        for (Json& message : m_messages) message.erase(kResults);
        return std::move(m_messages);
    }

private:
    /// Makes the call complete: id, type, name, and its arguments as an object.
    Result<void> setCall(Json& call, size_t index) {
        const std::string_view name = textAt(functionOf(call), "name");
        if (!call.is_object() || name.empty()) {
            return fail("message ", index, ": a call of a tool has no name");
        }
        Json function = functionOf(call);
        Json& arguments = function["arguments"];
        if (arguments.is_string()) {
            const std::string_view text = trimmed(arguments.get_ref<const std::string&>());
            Json parsed = text.empty() ? Json::object() : Json::parse(text, nullptr, false);
            arguments = std::move(parsed);
        } else if (arguments.is_null()) {
            arguments = Json::object();
        }
        if (!arguments.is_object()) {
            return fail("message ", index, ": the arguments of the call of \"", name,
                        "\" are no JSON object");
        }
        std::string id(textAt(call, "id"));
        if (id.empty()) id = concat("call", m_made++);
        m_names[id] = name;
        m_unanswered.push_back(id);
        call = {{"id", fittingId(id)}, {"type", "function"}, {"function", std::move(function)}};
        return {};
    }

    void addCalls(Json message) {
        const TemplateTraits& traits = m_format->traits;
        Json calls = message["tool_calls"];
        if (!traits.calls) {
            message.erase("tool_calls");
            appendText(message, writeCalls(m_format->calls, calls));
            m_messages.push_back(std::move(message));
            return;
        }
        if (traits.argumentsAsText) {
            for (Json& call : calls) {
                Json& arguments = call["function"]["arguments"];
                arguments = dumped(arguments);
            }
        }
        if (traits.nullContent && !contentText(message).empty()) {
            Json words = message;
            words.erase("tool_calls");
            m_messages.push_back(std::move(words));
            message["content"] = "";
        }
        if (contentText(message).empty()) {
            message["content"] = traits.nullContent ? Json() : Json("");
        }
        if (traits.parallel || calls.size() == 1) {
            message["tool_calls"] = std::move(calls);
            m_messages.push_back(std::move(message));
            return;
        }
        // One call in each message; its result will be put behind it.
        for (Json& call : calls) {
            message["tool_calls"] = Json::array({std::move(call)});
            m_messages.push_back(message);
            message["content"] = traits.nullContent ? Json() : Json("");
            message.erase("reasoning_content");
        }
    }

    void addResult(Json message) {
        std::string id(textAt(message, "tool_call_id"));
        if (id.empty() && !m_unanswered.empty()) id = m_unanswered.front();
        std::erase(m_unanswered, id);
        std::string text = contentText(message);
        if (!m_format->traits.results) return addResultAsUser(text);
        message["role"] = "tool";
        message["content"] = std::move(text);
        message["tool_call_id"] = fittingId(id);
        if (const auto name = m_names.find(id); name != m_names.end()) {
            message["name"] = name->second;
        }
        place(std::move(message));
    }

    /// Behind the call it answers, where calls stand one in a message; else at the end.
    void place(Json message) {
        const auto& id = message["tool_call_id"];
        for (size_t i = m_messages.size(); i-- > 0 && !m_format->traits.parallel;) {
            const Json& before = m_messages[i];
            const bool calls = before.contains("tool_calls");
            if (!calls && textAt(before, "role") != "tool") break;
            if (calls && before["tool_calls"].front()["id"] == id) {
                m_messages.insert(m_messages.begin() + static_cast<ptrdiff_t>(i) + 1,
                                  std::move(message));
                return;
            }
        }
        m_messages.push_back(std::move(message));
    }

    void addResultAsUser(const std::string& text) {
        const std::string written = concat("<tool_response>\n", text, "\n</tool_response>");
        if (!m_messages.empty() && m_messages.back().contains(kResults)) {
            appendText(m_messages.back(), written);
            return;
        }
        m_messages.push_back({{"role", "user"}, {"content", written}, {kResults, true}});
    }

    /// The same id for the same call, of as many letters and digits as the template wants.
    std::string fittingId(const std::string& id) const {
        const size_t length = m_format->idLength;
        if (length == 0 || (id.size() == length && isAlnum(id))) return id;
        uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a
        for (const char byte : id) {
            hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3u;
        }
        std::string made;
        while (made.size() < length) {
            made += static_cast<char>('a' + hash % 26);
            hash = hash / 26 + (hash % 26) * 0x9E3779B97F4A7C15u;
        }
        return made;
    }

    static constexpr const char* kResults = "alcove_results";  // marks, and is taken away

    const AnswerFormat* m_format;
    Json m_messages = Json::array();
    std::map<std::string, std::string> m_names;  // of tools, by the id of the call
    std::vector<std::string> m_unanswered;
    int m_made = 0;
};

/// Tools with all that templates take for granted.
Result<Json> completeTools(const Json& tools) {
    if (!tools.is_array()) return fail("tools is no list");
    Json made = Json::array();
    for (const Json& tool : tools) {
        Json function = functionOf(tool);
        if (textAt(function, "name").empty()) {
            return fail("tool ", made.size(), " has no name");
        }
        if (!function.contains("description") || !function["description"].is_string()) {
            function["description"] = "";
        }
        Json& parameters = function["parameters"];
        if (!parameters.is_object()) parameters = Json::object();
        if (!parameters.contains("type")) parameters["type"] = "object";
        if (!parameters.contains("properties") || !parameters["properties"].is_object()) {
            parameters["properties"] = Json::object();
        }
        made.push_back({{"type", "function"}, {"function", std::move(function)}});
    }
    return made;
}

/// insert() alone would take braces for a list of elements.
void prepend(Json& list, Json element) { list.insert(list.begin(), std::move(element)); }

/// Puts a text at the end of the system message; where there can be none, before the first words
/// of the user.
void addSystemText(Json& messages, const std::string& text, bool systemAllowed) {
    const bool hasSystem = !messages.empty() && textAt(messages.front(), "role") == "system";
    if (hasSystem) return appendText(messages.front(), text);
    if (systemAllowed || messages.empty()) {
        prepend(messages, {{"role", "system"}, {"content", text}});
        return;
    }
    for (Json& message : messages) {
        if (textAt(message, "role") != "user") continue;
        const auto content = message.find("content");
        if (content != message.end() && content->is_array()) {
            prepend(*content, {{"type", "text"}, {"text", text + "\n\n"}});
        } else {
            message["content"] = concat(text, "\n\n", contentText(message));
        }
        return;
    }
}

void addTools(Conversation& conversation, Json tools, const AnswerFormat& format) {
    const TemplateTraits& traits = format.traits;
    if (traits.tools) {
        conversation.tools = std::move(tools);
        return;
    }
    Json& messages = conversation.messages;
    if (!traits.toolsInMessage) {
        addSystemText(messages, toolInstruction(format.calls, tools), traits.system);
        return;
    }
    Json functions = Json::array();
    for (const Json& tool : tools) functions.push_back(functionOf(tool));
    if (messages.empty() || textAt(messages.front(), "role") != "system") {
        prepend(messages, {{"role", "system"}, {"content", ""}});
    }
    messages.front()["tools"] = dumped(functions);
}

}  // namespace

Result<Conversation> normaliseMessages(const Json& messages, const Json& tools,
                                       const AnswerFormat& format) {
    if (!messages.is_array()) return fail("messages is no list");
    Normaliser normaliser(format);
    size_t index = 0;
    for (const Json& message : messages) {
        if (const Result<void> added = normaliser.add(message, index++); !added) {
            return added.error();
        }
    }
    Conversation made{normaliser.take(), Json()};
    if (!tools.is_null() && !tools.empty()) {
        ALCOVE_TRY(Json complete, completeTools(tools));
        addTools(made, std::move(complete), format);
    }
    return made;
}

}  // namespace alcove::engine
