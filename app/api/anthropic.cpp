#include "app/api/anthropic.h"

#include <algorithm>

#include "app/api/answer_form.h"
#include "app/api/answer_parts.h"
#include "app/api/generation_call.h"
#include "engine/chat/call_reader.h"

namespace alcove::app {
using namespace engine;

namespace {

constexpr int64_t kMostTokens = int64_t{1} << 24;

const char* errorType(ApiError::Kind kind) {
    switch (kind) {
        case ApiError::Kind::Invalid:
            return "invalid_request_error";
        case ApiError::Kind::Unauthorised:
            return "authentication_error";
        case ApiError::Kind::Forbidden:
            return "permission_error";
        case ApiError::Kind::NotFound:
            return "not_found_error";
        case ApiError::Kind::TooLarge:
            return "request_too_large";
        case ApiError::Kind::Busy:
            return "rate_limit_error";
        case ApiError::Kind::Failed:
            return "api_error";
    }
    return "api_error";
}

std::string anthropicError(const ApiError& error) {
    return dump({{"type", "error"},
                 {"error", {{"type", errorType(error.kind)}, {"message", error.message}}}});
}

/// A message whose content has blocks of calls and results, as OpenAI's API has them.
void addMessage(const Json& message, Json& out, Fields& fields) {
    const Json content = message.contains("content") ? message["content"] : Json();
    const auto role = message.value("role", "");
    if (!content.is_array()) {
        const auto text = joinedText(content);
        if (!text) return fields.refuse("messages", "must have contents that can be read");
        out.push_back({{"role", role}, {"content", *text}});
        return;
    }
    std::string text;
    Json calls = Json::array();
    for (const Json& block : content) {
        const auto type = block.is_object() ? block.value("type", "") : "";
        if (type == "text" && block.contains("text") && block["text"].is_string()) {
            text += block["text"].get<std::string>();
        } else if (type == "tool_use" && block.contains("input") && block.contains("name")) {
            calls.push_back(
                {{"id", block.value("id", "")},
                 {"type", "function"},
                 {"function", {{"name", block["name"]}, {"arguments", block["input"]}}}});
        } else if (type == "tool_result") {
            const auto result = joinedText(block.contains("content") ? block["content"] : Json());
            if (!result) return fields.refuse("messages", "have a result that is no text");
            out.push_back({{"role", "tool"},
                           {"tool_call_id", block.value("tool_use_id", "")},
                           {"content", *result}});
        } else if (type != "thinking" && type != "redacted_thinking") {
            return fields.refuse("messages", "have a block that is no text, call or result");
        }
    }
    if (text.empty() && calls.empty() && role == "user") return;  // results alone
    Json said = {{"role", role}, {"content", text}};
    if (!calls.empty()) said["tool_calls"] = std::move(calls);
    out.push_back(std::move(said));
}

/// "tool_choice": {"type": auto, any, tool or none}; and whether only one may be called.
void readChoice(Fields& fields, ToolUse& use) {
    const Json* choice = fields.member("tool_choice");
    if (!choice) return;
    const auto type = choice->is_object() ? textAt(*choice, "type") : std::string_view();
    if (type == "any")
        use.choice = ToolChoice::Required;
    else if (type == "tool" && !textAt(*choice, "name").empty())
        use.choice = ToolChoice::Named;
    else if (type == "none")
        use.tools = nullptr;
    else if (type != "auto")
        return fields.refuse("tool_choice",
                             "must be of the type auto, any, none, or tool with a name");
    use.named = textAt(*choice, "name");
    if (choice->contains("disable_parallel_tool_use"))
        use.parallel = (*choice)["disable_parallel_tool_use"] != true;
    if (use.mustCall() && use.tools.is_null())
        fields.refuse("tool_choice", "asks for a call, but there are no tools");
}

/// Tools under other names than OpenAI's.
void readTools(Fields& fields, ToolUse& use) {
    const Json* given = fields.member("tools");
    Json tools = Json::array();
    for (const Json& tool : given ? fields.objects("tools") : Json::array()) {
        if (!tool.contains("name") || !tool.contains("input_schema")) {
            fields.refuse("tools", "must have a name and an input_schema each");
            break;
        }
        tools.push_back({{"type", "function"},
                         {"function",
                          {{"name", tool["name"]},
                           {"strict", tool.contains("strict") && tool["strict"] == true},
                           {"description", tool.value("description", "")},
                           {"parameters", tool["input_schema"]}}}});
    }
    if (!tools.empty()) use.tools = std::move(tools);
    readChoice(fields, use);
}

/// "thinking": {"type": enabled with budget_tokens, or disabled}
void readThinking(Fields& fields, Thinking& thinking) {
    const Json* given = fields.member("thinking");
    if (!given) return;
    const auto type = given->is_object() ? textAt(*given, "type") : std::string_view();
    if (type != "enabled" && type != "disabled" && type != "adaptive")
        return fields.refuse("thinking", "must be of the type enabled, adaptive or disabled");
    thinking.on = type != "disabled";
    Fields inner(*given);
    if (inner.has("budget_tokens"))
        thinking.budget = inner.integer("budget_tokens", 1, 1, kMostTokens);
    else if (type == "enabled")
        inner.refuse("budget_tokens", "is missing");
    if (inner.error()) fields.refuse("thinking", inner.error()->message);
}

/// The system's text comes beside the messages, and becomes the first of them.
ChatPromptInput readConversation(Fields& fields, AnswerForm& form) {
    ChatPromptInput input;
    if (const Json* system = fields.member("system")) {
        const auto text = joinedText(*system);
        if (!text) fields.refuse("system", "must be a text, or parts that are texts");
        if (text && !text->empty())
            input.messages.push_back({{"role", "system"}, {"content", *text}});
    }
    const Json& messages = fields.objects("messages");
    if (messages.empty()) fields.refuse("messages", "is empty");
    for (const Json& message : messages) {
        if (!message.contains("role") ||
            (message["role"] != "user" && message["role"] != "assistant")) {
            fields.refuse("messages", "must be of the user or the assistant");
            break;
        }
        addMessage(message, input.messages, fields);
    }
    readTools(fields, form.use);
    readThinking(fields, form.thinking);
    return input;
}

const char* stopReason(const AnswerEnding& ending, const std::vector<std::string>& asked,
                       bool calls) {
    if (calls && ending.end == AnswerEnd::Complete) return "tool_use";
    switch (ending.end) {
        case AnswerEnd::Limit:
        case AnswerEnd::ContextFull:
            return "max_tokens";
        case AnswerEnd::StopText:
            // A stop text of the prompt's own form is the end of the turn.
            return std::find(asked.begin(), asked.end(), ending.stopText) == asked.end()
                       ? "end_turn"
                       : "stop_sequence";
        default:
            return "end_turn";
    }
}

Json usageOf(const AnswerUsage& usage) {
    return {{"input_tokens", usage.promptTokens - usage.reusedTokens},
            {"cache_read_input_tokens", usage.reusedTokens},
            {"cache_creation_input_tokens", 0},
            {"output_tokens", usage.answerTokens}};
}

class Reply {
public:
    Reply(std::shared_ptr<HostedModel> model, std::vector<std::string> stops, const Json& tools,
          bool inThought, Exchange& exchange)
        : m_model(std::move(model)),
          m_stops(std::move(stops)),
          m_parts(m_model->chat->format(), tools, inThought),
          m_exchange(exchange),
          m_id(makeId("msg_")) {}

    std::optional<ApiError> whole(Answers& answers) {
        const auto connected = [&] { return m_exchange.connected(); };
        const bool heard = answers.run(
            [&](size_t, AnswerPiece piece) {
                (void)m_parts.push(piece.text);
                return connected();
            },
            connected);
        if (!heard) return std::nullopt;
        if (auto failure = answers.failure()) return failure;
        (void)m_parts.finish();
        Json content = Json::array();
        if (!m_parts.thought().empty())
            content.push_back(
                {{"type", "thinking"}, {"thinking", m_parts.thought()}, {"signature", ""}});
        if (!m_parts.text().empty() || m_parts.calls().empty())
            content.push_back({{"type", "text"}, {"text", m_parts.text()}});
        for (const AnswerParts::Call& call : m_parts.calls()) {
            Json input = Json::parse(call.arguments, nullptr, false);
            if (!input.is_object()) input = Json::object();
            content.push_back({{"type", "tool_use"},
                               {"id", call.id},
                               {"name", call.name},
                               {"input", std::move(input)}});
        }
        Json message = head(std::move(content));
        message.update(ending(answers.ending(0)));
        message["usage"] = usageOf(answers.usage());
        m_exchange.send(200, "application/json", dump(message));
        return std::nullopt;
    }

    std::optional<ApiError> stream(Answers& answers, int64_t promptTokens) {
        m_exchange.begin(200, "text/event-stream");
        Json message = head(Json::array());
        AnswerUsage before;
        before.promptTokens = promptTokens;
        message["usage"] = usageOf(before);
        event("message_start", {{"message", std::move(message)}});
        event("ping", Json::object());
        const bool heard =
            answers.run([&](size_t, AnswerPiece piece) { return write(m_parts.push(piece.text)); },
                        [&] { return m_exchange.connected(); });
        if (!heard) return std::nullopt;
        if (const auto failure = answers.failure()) {
            m_exchange.write("event: error\ndata: " + anthropicError(*failure) + "\n\n");
        } else {
            write(m_parts.finish());
            if (m_blocks == 0) open("text", {{"type", "text"}, {"text", ""}});
            close();
            event("message_delta",
                  {{"delta", ending(answers.ending(0))}, {"usage", usageOf(answers.usage())}});
            event("message_stop", Json::object());
        }
        m_exchange.finish();
        return std::nullopt;
    }

private:
    [[nodiscard]] Json head(Json content) const {
        return {{"id", m_id},
                {"type", "message"},
                {"role", "assistant"},
                {"model", m_model->id},
                {"content", std::move(content)},
                {"stop_reason", nullptr},
                {"stop_sequence", nullptr}};
    }
    [[nodiscard]] Json ending(const AnswerEnding& end) const {
        const std::string reason = stopReason(end, m_stops, !m_parts.calls().empty());
        return {{"stop_reason", reason},
                {"stop_sequence", reason == "stop_sequence" ? Json(end.stopText) : Json()}};
    }
    bool event(const std::string& name, const Json& data) {
        Json whole = {{"type", name}};
        whole.update(data);
        return m_exchange.write("event: " + name + "\n" + sseData(whole));
    }

    /// Each kind of part goes into a block of its own.
    void open(const std::string& kind, const Json& block) {
        close();
        m_open = kind;
        event("content_block_start", {{"index", m_blocks}, {"content_block", block}});
    }
    void close() {
        if (m_open.empty()) return;
        event("content_block_stop", {{"index", m_blocks++}});
        m_open.clear();
    }
    bool delta(const Json& delta) {
        return event("content_block_delta", {{"index", m_blocks}, {"delta", delta}});
    }
    bool write(const std::vector<AnswerEvent>& parts) {
        for (const AnswerEvent& part : parts) {
            switch (part.kind) {
                case AnswerEvent::Kind::Thought:
                    if (m_open != "thinking")
                        open("thinking",
                             {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}});
                    delta({{"type", "thinking_delta"}, {"thinking", part.text}});
                    break;
                case AnswerEvent::Kind::CallBegun:
                    open("tool_use", {{"type", "tool_use"},
                                      {"id", part.id},
                                      {"name", part.name},
                                      {"input", Json::object()}});
                    break;
                case AnswerEvent::Kind::CallArguments:
                    delta({{"type", "input_json_delta"}, {"partial_json", part.text}});
                    break;
                case AnswerEvent::Kind::Text:
                    if (m_open != "text") open("text", {{"type", "text"}, {"text", ""}});
                    delta({{"type", "text_delta"}, {"text", part.text}});
                    break;
                default:  // a call that is none after all: its text follows
                    break;
            }
        }
        return m_exchange.connected();
    }

    std::shared_ptr<HostedModel> m_model;
    std::vector<std::string> m_stops;
    AnswerParts m_parts;
    Exchange& m_exchange;
    std::string m_id;
    size_t m_blocks = 0;  // that are closed
    std::string m_open;   // the kind of the block that is not
};

std::optional<ApiError> messages(ApiHost& host, Exchange& exchange) {
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Fields fields(body);
    GenerationRequest request;
    const std::string name = fields.text("model");
    AnswerForm form;
    ChatPromptInput input = readConversation(fields, form);
    readSampling(fields, request.sampling);
    if (!fields.has("max_tokens")) fields.refuse("max_tokens", "is missing");
    request.tokens = fields.integer("max_tokens", 1, 1, kMostTokens);
    request.stops = fields.texts("stop_sequences", 16);
    const bool stream = fields.flag("stream");
    if (fields.error()) return fields.error();
    std::shared_ptr<HostedModel> model;
    if (auto refused = findHosted(host, name, false, model)) return refused;
    const std::vector<std::string> stops = request.stops;
    bool inThought = false;
    if (auto refused = preparePrompt(host, *model, std::move(input), form, request, inThought))
        return refused;
    Reply reply(model, stops, form.use.tools, inThought, exchange);
    Answers answers(host);
    if (auto refused = answers.start(*model, request, 1)) return refused;
    return stream ? reply.stream(answers, static_cast<int64_t>(request.prompt.size()))
                  : reply.whole(answers);
}

std::optional<ApiError> countTokens(ApiHost& host, Exchange& exchange) {
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Fields fields(body);
    const std::string name = fields.text("model");
    AnswerForm form;
    ChatPromptInput input = readConversation(fields, form);
    if (fields.error()) return fields.error();
    std::shared_ptr<HostedModel> model;
    if (auto refused = findHosted(host, name, false, model)) return refused;
    GenerationRequest request;
    bool inThought = false;
    if (auto refused = preparePrompt(host, *model, std::move(input), form, request, inThought))
        return refused;
    exchange.send(200, "application/json", dump({{"input_tokens", request.prompt.size()}}));
    return std::nullopt;
}

}  // namespace

void addAnthropicRoutes(Router& router, ApiHost& host) {
    router.add("POST", "/v1/messages", anthropicError,
               [&](Exchange& exchange) { return messages(host, exchange); });
    router.add("POST", "/v1/messages/count_tokens", anthropicError,
               [&](Exchange& exchange) { return countTokens(host, exchange); });
}

}  // namespace alcove::app
