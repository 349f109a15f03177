#include "app/api/anthropic.h"

#include <algorithm>

#include "app/api/generation_call.h"

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

/// The system's text comes beside the messages, and becomes the first of them.
ChatPromptInput readConversation(Fields& fields) {
    ChatPromptInput input;
    input.messages = readMessages(fields);
    if (const Json* system = fields.member("system")) {
        const auto text = joinedText(*system);
        if (!text) fields.refuse("system", "must be a text, or parts that are texts");
        if (text && !text->empty())
            input.messages.insert(input.messages.begin(),
                                  Json{{"role", "system"}, {"content", *text}});
    }
    if (const Json* tools = fields.member("tools"); tools && !tools->empty())
        fields.refuse("tools", "are not supported yet");
    if (const Json* thinking = fields.member("thinking"); thinking && thinking->is_object())
        input.thinking = thinking->value("type", "") == "enabled";
    return input;
}

const char* stopReason(const AnswerEnding& ending, const std::vector<std::string>& asked) {
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
    Reply(std::shared_ptr<HostedModel> model, std::vector<std::string> stops, Exchange& exchange)
        : m_model(std::move(model)),
          m_stops(std::move(stops)),
          m_exchange(exchange),
          m_id(makeId("msg_")) {}

    std::optional<ApiError> whole(Answers& answers) {
        std::string text;
        const auto connected = [&] { return m_exchange.connected(); };
        const bool heard = answers.run(
            [&](size_t, AnswerPiece piece) {
                text += piece.text;
                return connected();
            },
            connected);
        if (!heard) return std::nullopt;
        if (auto failure = answers.failure()) return failure;
        Json message = head(Json::array({{{"type", "text"}, {"text", text}}}));
        const Json end = ending(answers.ending(0));
        message["stop_reason"] = end["stop_reason"];
        message["stop_sequence"] = end["stop_sequence"];
        message["usage"] = usageOf(answers.usage());
        m_exchange.send(200, "application/json", dump(message));
        return std::nullopt;
    }

    std::optional<ApiError> stream(Answers& answers, int64_t promptTokens) {
        m_exchange.begin(200, "text/event-stream");
        Json message = head(Json::array());
        message["usage"] = usageOf({.promptTokens = promptTokens});
        event("message_start", {{"message", std::move(message)}});
        event("content_block_start",
              {{"index", 0}, {"content_block", {{"type", "text"}, {"text", ""}}}});
        event("ping", Json::object());
        const bool heard = answers.run(
            [&](size_t, AnswerPiece piece) {
                return event(
                    "content_block_delta",
                    {{"index", 0}, {"delta", {{"type", "text_delta"}, {"text", piece.text}}}});
            },
            [&] { return m_exchange.connected(); });
        if (!heard) return std::nullopt;
        if (const auto failure = answers.failure()) {
            m_exchange.write("event: error\ndata: " + anthropicError(*failure) + "\n\n");
        } else {
            event("content_block_stop", {{"index", 0}});
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
        const std::string reason = stopReason(end, m_stops);
        return {{"stop_reason", reason},
                {"stop_sequence", reason == "stop_sequence" ? Json(end.stopText) : Json()}};
    }
    bool event(const std::string& name, const Json& data) {
        Json whole = {{"type", name}};
        whole.update(data);
        return m_exchange.write("event: " + name + "\n" + sseData(whole));
    }

    std::shared_ptr<HostedModel> m_model;
    std::vector<std::string> m_stops;
    Exchange& m_exchange;
    std::string m_id;
};

std::optional<ApiError> messages(ApiHost& host, Exchange& exchange) {
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Fields fields(body);
    GenerationRequest request;
    const std::string name = fields.text("model");
    const ChatPromptInput input = readConversation(fields);
    readSampling(fields, request.sampling);
    if (!fields.has("max_tokens")) fields.refuse("max_tokens", "is missing");
    request.tokens = fields.integer("max_tokens", 1, 1, kMostTokens);
    request.stops = fields.texts("stop_sequences", 16);
    const bool stream = fields.flag("stream");
    if (fields.error()) return fields.error();
    std::shared_ptr<HostedModel> model;
    if (auto refused = findHosted(host, name, false, model)) return refused;
    auto tokens = model->chat->tokens(input);
    if (!tokens) return ApiError{ApiError::Kind::Invalid, tokens.message(), "messages", {}};
    request.prompt = std::move(*tokens);
    Reply reply(model, request.stops, exchange);
    if (const std::string stop = model->chat->stopText(); !stop.empty())
        request.stops.push_back(stop);
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
    const ChatPromptInput input = readConversation(fields);
    if (fields.error()) return fields.error();
    std::shared_ptr<HostedModel> model;
    if (auto refused = findHosted(host, name, false, model)) return refused;
    const auto tokens = model->chat->tokens(input);
    if (!tokens) return ApiError{ApiError::Kind::Invalid, tokens.message(), "messages", {}};
    exchange.send(200, "application/json", dump({{"input_tokens", tokens->size()}}));
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
