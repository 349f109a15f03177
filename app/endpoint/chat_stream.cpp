#include "app/endpoint/chat_stream.h"

#include <algorithm>
#include <utility>

#include "engine/base/unicode.h"
#include "engine/import/json.h"

namespace alcove::app {
using Json = nlohmann::ordered_json;

namespace {

constexpr size_t kLongestReason = 300;
constexpr double kLeastLogprob = -1000;  // what a server writes for "never" differs

const Json* member(const Json& object, std::string_view name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text(const Json& object, std::string_view name) {
    const Json* value = member(object, name);
    return value && value->is_string() ? value->get<std::string>() : std::string();
}

int64_t count(const Json* object, std::string_view name) {
    const Json* value = object ? member(*object, name) : nullptr;
    return value && value->is_number_integer() ? std::max<int64_t>(value->get<int64_t>(), 0) : 0;
}

std::string reasonOf(const Json& told) {
    const Json* error = member(told, "error");
    if (error && error->is_string()) return error->get<std::string>();
    if (error && error->is_object()) {
        const std::string message = text(*error, "message");
        return message.empty() ? error->dump(-1, ' ', false, Json::error_handler_t::replace)
                               : message;
    }
    for (const char* name : {"message", "detail"})
        if (const Json* value = member(told, name))
            return value->is_string() ? value->get<std::string>()
                                      : value->dump(-1, ' ', false, Json::error_handler_t::replace);
    return {};
}

}  // namespace

Result<void> ReplyReader::push(std::string_view type, std::string_view piece) {
    m_isStream = type.starts_with("text/event-stream");
    m_empty = false;
    if (m_isStream) return m_events.push(piece, [&](std::string_view data) { return event(data); });
    m_whole += piece;
    return {};
}

Result<void> ReplyReader::event(std::string_view data) {
    if (data == "[DONE]") {
        m_ended = m_done = true;
        return {};
    }
    ALCOVE_TRY(const Json told, engine::parseOrderedJson(data, "an event of its answer"));
    return take(told);
}

Result<void> ReplyReader::take(const Json& told) {
    if (const std::string reason = reasonOf(told); !reason.empty() && !member(told, "choices"))
        return fail("it failed: ", printable(reason, kLongestReason));
    if (m_reply.model.empty()) m_reply.model = text(told, "model");
    takeCounts(told);
    const Json* choices = member(told, "choices");
    if (!choices || !choices->is_array())
        return fail("what it answers is not of OpenAI's chat API: there are no choices");
    if (choices->empty()) return {};  // the counts at the end of a stream
    const Json& choice = choices->front();
    const Json* message = member(choice, "delta");
    if (!message) message = member(choice, "message");
    if (message) {
        const std::string content = text(*message, "content");
        std::string thought = text(*message, "reasoning_content");
        if (thought.empty()) thought = text(*message, "reasoning");
        m_reply.thought += thought;
        m_reply.text += content;
        // What is told of the tokens of a thought says nothing of the answer.
        if (thought.empty() || !content.empty()) takeLogprobs(choice);
        if (!thought.empty() && m_onThought) m_onThought(thought);
        if (!content.empty() && m_onText) m_onText(content);
    }
    if (const std::string finish = text(choice, "finish_reason"); !finish.empty()) {
        m_reply.finish = finish;
        m_ended = true;
    }
    return {};
}

void ReplyReader::takeLogprobs(const Json& choice) {
    const Json* logprobs = member(choice, "logprobs");
    const Json* tokens = logprobs ? member(*logprobs, "content") : nullptr;
    if (!tokens || !tokens->is_array()) return;
    for (const Json& token : *tokens)
        if (const Json* value = member(token, "logprob"); value && value->is_number())
            m_reply.logprobs.push_back(std::clamp(value->get<double>(), kLeastLogprob, 0.0));
}

void ReplyReader::takeCounts(const Json& told) {
    if (const Json* usage = member(told, "usage")) {
        m_reply.promptTokens = count(usage, "prompt_tokens");
        m_reply.answerTokens = count(usage, "completion_tokens");
        m_reply.reusedTokens = count(member(*usage, "prompt_tokens_details"), "cached_tokens");
    }
    const Json* timings = member(told, "timings");
    const Json* rate = timings ? member(*timings, "predicted_per_second") : nullptr;
    if (rate && rate->is_number()) m_reply.tokensPerSecond = std::max(rate->get<double>(), 0.0);
}

Result<ChatReply> ReplyReader::finish() {
    if (m_empty) return fail("its answer is empty");
    if (!m_isStream) {
        ALCOVE_TRY(const Json told, engine::parseOrderedJson(m_whole, "its answer"));
        ALCOVE_CHECK(take(told));
    }
    if (!m_ended)
        return fail("the answer was cut short after ", m_reply.text.size(),
                    " bytes of text: the server ended the connection");
    return std::move(m_reply);
}

std::string errorIn(std::string_view body) {
    const Result<Json> told = engine::parseOrderedJson(body, "");
    std::string reason = told ? reasonOf(*told) : std::string(body);
    std::ranges::replace(reason, '\n', ' ');
    return printable(reason, kLongestReason);
}

}  // namespace alcove::app
