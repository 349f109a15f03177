#include "app/api/openai_generate.h"

#include <algorithm>
#include <utility>

#include "app/api/answer_form.h"
#include "app/api/answer_parts.h"

namespace alcove::app {
using namespace engine;

namespace {

constexpr int64_t kMostChoices = 16;
constexpr int64_t kMostTokens = int64_t{1} << 24;
constexpr size_t kMostStops = 16;

/// What both kinds of requests ask of an answer.
struct Wanted {
    std::string model;
    GenerationRequest request;
    size_t choices = 1;
    bool stream = false, usage = false;
    AnswerForm form;
    bool inThought = false;  // the prompt ends inside a thought
};

Wanted readWanted(Fields& fields) {
    Wanted wanted;
    wanted.model = fields.text("model");
    readSampling(fields, wanted.request.sampling);
    wanted.request.stops = fields.texts("stop", kMostStops);
    wanted.request.ignoreEnd = fields.flag("ignore_eos");
    wanted.choices = static_cast<size_t>(fields.integer("n", 1, 1, kMostChoices));
    wanted.stream = fields.flag("stream");
    if (const Json* options = fields.member("stream_options"); options && options->is_object()) {
        Fields inner(*options);
        wanted.usage = inner.flag("include_usage");
        if (inner.error()) fields.refuse("stream_options", inner.error()->message);
    }
    return wanted;
}

const char* finishReason(AnswerEnd end, bool calls) {
    if (calls && (end == AnswerEnd::Complete || end == AnswerEnd::StopText)) return "tool_calls";
    return end == AnswerEnd::Limit || end == AnswerEnd::ContextFull ? "length" : "stop";
}

Json usageOf(const AnswerUsage& usage) {
    return {{"prompt_tokens", usage.promptTokens},
            {"completion_tokens", usage.answerTokens},
            {"total_tokens", usage.promptTokens + usage.answerTokens},
            {"prompt_tokens_details", {{"cached_tokens", usage.reusedTokens}}},
            {"completion_tokens_details", {{"reasoning_tokens", usage.thoughtTokens}}}};
}

Json timingsOf(const AnswerUsage& usage) {
    const auto rate = [](int64_t tokens, double seconds) {
        return seconds > 0.0 ? static_cast<double>(tokens) / seconds : 0.0;
    };
    const int64_t computed = usage.promptTokens - usage.reusedTokens;
    return {{"queue_ms", usage.waitedSeconds * 1e3},
            {"prompt_ms", usage.promptSeconds * 1e3},
            {"prompt_per_second", rate(computed, usage.promptSeconds)},
            {"predicted_ms", usage.answerSeconds * 1e3},
            {"predicted_per_second", rate(usage.answerTokens, usage.answerSeconds)}};
}

std::string pieceOf(const Model& model, Token token) {
    return model.tokenizer()->piece(token, true);
}

/// A token as the chat API reports it; its bytes, since it may be half a character.
Json chatChoice(const Model& model, const TokenReport::Choice& choice) {
    const std::string piece = pieceOf(model, choice.token);
    Json bytes = Json::array();
    for (const char byte : piece) bytes.push_back(static_cast<uint8_t>(byte));
    return {{"token", piece}, {"logprob", choice.logprob}, {"bytes", std::move(bytes)}};
}

Json chatLogprobs(const Model& model, const std::vector<TokenReport>& tokens) {
    Json content = Json::array();
    for (const TokenReport& token : tokens) {
        Json entry = chatChoice(model, token.chosen);
        Json likeliest = Json::array();
        for (const auto& choice : token.likeliest) likeliest.push_back(chatChoice(model, choice));
        entry["top_logprobs"] = std::move(likeliest);
        content.push_back(std::move(entry));
    }
    return {{"content", std::move(content)}};
}

/// The older API's form: lists side by side, and where in the text each token begins.
Json textLogprobs(const Model& model, const std::vector<TokenReport>& tokens, size_t offset) {
    Json pieces = Json::array(), logprobs = Json::array(), likeliest = Json::array(),
         offsets = Json::array();
    for (const TokenReport& token : tokens) {
        const std::string piece = pieceOf(model, token.chosen.token);
        pieces.push_back(piece);
        logprobs.push_back(token.chosen.logprob);
        Json top = Json::object();
        for (const auto& choice : token.likeliest)
            top[pieceOf(model, choice.token)] = choice.logprob;
        likeliest.push_back(std::move(top));
        offsets.push_back(offset);
        offset += piece.size();
    }
    return {{"tokens", pieces},
            {"token_logprobs", logprobs},
            {"top_logprobs", likeliest},
            {"text_offset", offsets}};
}

Json callsOf(const AnswerParts& parts) {
    Json calls = Json::array();
    for (const AnswerParts::Call& call : parts.calls())
        calls.push_back({{"id", call.id},
                         {"type", "function"},
                         {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
    return calls;
}

Json messageOf(const AnswerParts& parts) {
    Json message = {{"role", "assistant"}, {"content", parts.text()}};
    if (!parts.thought().empty()) message["reasoning_content"] = parts.thought();
    if (parts.calls().empty()) return message;
    if (parts.text().empty()) message["content"] = nullptr;
    message["tool_calls"] = callsOf(parts);
    return message;
}

/// What a part of an answer changes in the message.
Json deltaOf(const AnswerEvent& event) {
    const auto call = [&](Json what) {
        what["index"] = event.call;
        return Json{{"tool_calls", Json::array({std::move(what)})}};
    };
    switch (event.kind) {
        case AnswerEvent::Kind::Thought:
            return {{"reasoning_content", event.text}};
        case AnswerEvent::Kind::CallBegun:
            return call({{"id", event.id},
                         {"type", "function"},
                         {"function", {{"name", event.name}, {"arguments", ""}}}});
        case AnswerEvent::Kind::CallArguments:
            return call({{"function", {{"arguments", event.text}}}});
        case AnswerEvent::Kind::CallWithdrawn:  // there is no word for it; its text follows
            return Json::object();
        default:
            return {{"content", event.text}};
    }
}

/// What differs between the two APIs.
struct Form {
    std::string id, object, chunkObject;
    bool chat = false;
};

/// One request, with its answers as they come.
class Reply {
public:
    Reply(Form form, Wanted wanted, std::shared_ptr<HostedModel> model, Exchange& exchange)
        : m_form(std::move(form)),
          m_wanted(std::move(wanted)),
          m_model(std::move(model)),
          m_exchange(exchange),
          m_created(unixTime()),
          m_texts(m_wanted.choices),
          m_tokens(m_wanted.choices) {
        if (!m_form.chat) return;
        for (size_t i = 0; i < m_wanted.choices; ++i)
            m_parts.push_back(std::make_unique<AnswerParts>(
                m_model->chat->format(), m_wanted.form.use.tools, m_wanted.inThought));
    }

    std::optional<ApiError> run(ApiHost& host) {
        Answers answers(host);
        if (auto refused = answers.start(*m_model, m_wanted.request, m_wanted.choices))
            return refused;
        return m_wanted.stream ? runStream(answers) : runWhole(answers);
    }

private:
    std::optional<ApiError> runWhole(Answers& answers) {
        const bool heard = answers.run(
            [&](size_t i, AnswerPiece piece) {
                m_texts[i] += piece.text;
                std::ranges::move(piece.tokens, std::back_inserter(m_tokens[i]));
                return m_exchange.connected();
            },
            [&] { return m_exchange.connected(); });
        if (!heard) return std::nullopt;  // nobody to tell
        if (auto failure = answers.failure()) return failure;
        Json choices = Json::array();
        for (size_t i = 0; i < m_wanted.choices; ++i) {
            Json choice = {{"index", i}};
            if (m_form.chat) {
                (void)m_parts[i]->push(m_texts[i]);
                (void)m_parts[i]->finish();
                choice["message"] = messageOf(*m_parts[i]);
            } else {
                choice["text"] = m_texts[i];
            }
            choice["logprobs"] = logprobs(m_tokens[i], 0);
            choice["finish_reason"] = finishReason(answers.ending(i).end, called(i));
            choices.push_back(std::move(choice));
        }
        Json whole = head(m_form.object, std::move(choices));
        whole["usage"] = usageOf(answers.usage());
        whole["timings"] = timingsOf(answers.usage());
        m_exchange.send(200, "application/json", dump(whole));
        return std::nullopt;
    }

    std::optional<ApiError> runStream(Answers& answers) {
        m_exchange.begin(200, "text/event-stream");
        if (m_form.chat)
            for (size_t i = 0; i < m_wanted.choices; ++i)
                m_exchange.write(sseData(chunk(i, {{"role", "assistant"}, {"content", ""}})));
        const bool heard = answers.run(
            [&](size_t i, AnswerPiece piece) {
                Json logprobs = this->logprobs(piece.tokens, m_texts[i].size());
                m_texts[i] += piece.text;
                if (m_form.chat)
                    return writeParts(i, m_parts[i]->push(piece.text), std::move(logprobs));
                Json event = chunk(i, {}, piece.text);
                event["choices"][0]["logprobs"] = std::move(logprobs);
                return m_exchange.write(sseData(event));
            },
            [&] { return m_exchange.connected(); });
        if (!heard) return std::nullopt;
        if (const auto failure = answers.failure()) {
            m_exchange.write("data: " + openAiError(*failure) + "\n\n");
        } else {
            for (size_t i = 0; i < m_wanted.choices; ++i) {
                if (m_form.chat) writeParts(i, m_parts[i]->finish(), nullptr);
                Json event = chunk(i, Json::object());
                event["choices"][0]["finish_reason"] =
                    finishReason(answers.ending(i).end, called(i));
                m_exchange.write(sseData(event));
            }
            Json last = head(m_form.chunkObject, Json::array());
            last["usage"] = usageOf(answers.usage());
            last["timings"] = timingsOf(answers.usage());
            if (m_wanted.usage) m_exchange.write(sseData(last));
            m_exchange.write("data: [DONE]\n\n");
        }
        m_exchange.finish();
        return std::nullopt;
    }

    /// Each part in an event of its own; what is known of tokens goes with the first.
    bool writeParts(size_t index, const std::vector<AnswerEvent>& parts, Json logprobs) {
        if (parts.empty() && logprobs.is_null()) return m_exchange.connected();
        std::vector<Json> deltas;
        for (const AnswerEvent& part : parts) deltas.push_back(deltaOf(part));
        if (deltas.empty()) deltas.push_back({{"content", ""}});
        for (Json& delta : deltas) {
            Json event = chunk(index, std::move(delta));
            event["choices"][0]["logprobs"] = std::exchange(logprobs, nullptr);
            if (!m_exchange.write(sseData(event))) return false;
        }
        return true;
    }
    [[nodiscard]] bool called(size_t index) const {
        return m_form.chat && !m_parts[index]->calls().empty();
    }
    [[nodiscard]] Json head(const std::string& object, Json choices) const {
        return {{"id", m_form.id},
                {"object", object},
                {"created", m_created},
                {"model", m_model->id},
                {"choices", std::move(choices)}};
    }
    [[nodiscard]] Json chunk(size_t index, Json delta, const std::string& text = {}) const {
        Json choice = {{"index", index}};
        if (m_form.chat)
            choice["delta"] = std::move(delta);
        else
            choice["text"] = text;
        choice["logprobs"] = nullptr;
        choice["finish_reason"] = nullptr;
        return head(m_form.chunkObject, Json::array({std::move(choice)}));
    }
    [[nodiscard]] Json logprobs(const std::vector<TokenReport>& tokens, size_t offset) const {
        if (!m_wanted.request.logprobs || tokens.empty()) return nullptr;
        return m_form.chat ? chatLogprobs(*m_model->model, tokens)
                           : textLogprobs(*m_model->model, tokens, offset);
    }

    Form m_form;
    Wanted m_wanted;
    std::shared_ptr<HostedModel> m_model;
    Exchange& m_exchange;
    int64_t m_created;
    std::vector<std::string> m_texts;
    std::vector<std::vector<TokenReport>> m_tokens;
    std::vector<std::unique_ptr<AnswerParts>> m_parts;  // of a chat
};

/// "reasoning_effort", "thinking_budget" in tokens, and what is said to the template.
void readThinking(Fields& fields, ChatPromptInput& input, Thinking& thinking) {
    if (fields.has("reasoning_effort")) {
        const std::string effort = fields.text("reasoning_effort");
        if (!readEffort(effort, thinking))
            fields.refuse("reasoning_effort", "must be none, minimal, low, medium or high");
        input.extra["reasoning_effort"] = effort;
    }
    readBudget(fields, thinking);
    const Json* more = fields.member("chat_template_kwargs");
    if (!more) return;
    if (!more->is_object()) return fields.refuse("chat_template_kwargs", "must be an object");
    input.extra.update(*more);
    for (const char* name : {"enable_thinking", "thinking"})
        if (more->contains(name) && (*more)[name].is_boolean())
            thinking.on = (*more)[name].get<bool>();
}

}  // namespace

std::optional<ApiError> chatCompletions(ApiHost& host, Exchange& exchange) {
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Fields fields(body);
    Wanted wanted = readWanted(fields);
    ChatPromptInput input;
    input.messages = readMessages(fields);
    const int64_t limit = fields.integer("max_tokens", 0, 1, kMostTokens);
    wanted.request.tokens = fields.integer("max_completion_tokens", limit, 1, kMostTokens);
    const auto top = static_cast<size_t>(fields.integer("top_logprobs", 0, 0, 20));
    if (fields.flag("logprobs")) wanted.request.logprobs = top;
    readThinking(fields, input, wanted.form.thinking);
    readToolUse(fields, wanted.form.use);
    readForm(host, fields, wanted.form);
    if (fields.error()) return fields.error();
    std::shared_ptr<HostedModel> model;
    if (auto refused = findHosted(host, wanted.model, false, model)) return refused;
    if (auto refused = preparePrompt(host, *model, std::move(input), wanted.form, wanted.request,
                                     wanted.inThought))
        return refused;
    const Form api{makeId("chatcmpl-"), "chat.completion", "chat.completion.chunk", true};
    return Reply(api, std::move(wanted), std::move(model), exchange).run(host);
}

std::optional<ApiError> completions(ApiHost& host, Exchange& exchange) {
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Fields fields(body);
    Wanted wanted = readWanted(fields);
    wanted.request.tokens = fields.integer("max_tokens", 16, 1, kMostTokens);
    if (fields.has("logprobs"))
        wanted.request.logprobs = static_cast<size_t>(fields.integer("logprobs", 0, 0, 20));
    const Json* prompt = fields.member("prompt");
    const bool isTokens = prompt && prompt->is_array() && !prompt->empty() &&
                          std::ranges::all_of(*prompt, [](const Json& token) {
                              return token.is_number_integer() && token >= 0 && token <= INT32_MAX;
                          });
    const bool isText =
        prompt && (prompt->is_string() ||
                   (prompt->is_array() && prompt->size() == 1 && prompt->front().is_string()));
    readForm(host, fields, wanted.form);
    if (!isTokens && !isText) fields.refuse("prompt", "must be a text or an array of tokens");
    if (fields.error()) return fields.error();
    std::shared_ptr<HostedModel> model;
    if (auto refused = findHosted(host, wanted.model, false, model)) return refused;
    if (isTokens)
        wanted.request.prompt = prompt->get<std::vector<Token>>();
    else
        wanted.request.prompt = ChatPrompt::plainTokens(
            *model->model, (prompt->is_string() ? *prompt : prompt->front()).get<std::string>());
    if (auto refused = applyForm(*model, wanted.form, wanted.request)) return refused;
    const Form api{makeId("cmpl-"), "text_completion", "text_completion", false};
    return Reply(api, std::move(wanted), std::move(model), exchange).run(host);
}

}  // namespace alcove::app
