// An answer of a server that speaks OpenAI's chat API, put together from what comes: a stream of
// events, cut anywhere, or one JSON object. All of it is foreign: nothing is taken for granted, and
// nothing is kept without bounds.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/http/event_reader.h"
#include "engine/base/result.h"

namespace alcove::app {

struct ChatReply {
    std::string text;
    std::string thought;           // where the server tells it apart
    std::string model;             // as the server calls it
    std::string finish;            // "stop", "length", …
    std::vector<double> logprobs;  // of the answer's tokens, none above 0; empty: not told
    /// Tokens as the server counted them; 0: not told.
    int64_t promptTokens = 0, reusedTokens = 0, answerTokens = 0;
    double tokensPerSecond = 0;  // of the answer, as the server says; 0: not told
};

class ReplyReader {
public:
    /// Sees the answer's text as it grows.
    using OnText = std::function<void(std::string_view text)>;
    /// `onThought`: the same for the thought.
    explicit ReplyReader(OnText onText, OnText onThought = {})
        : m_onText(std::move(onText)), m_onThought(std::move(onThought)) {}

    /// `type`: the Content-Type that the server gives.
    [[nodiscard]] Result<void> push(std::string_view type, std::string_view piece);
    /// Whether the server has said that nothing more comes.
    [[nodiscard]] bool done() const { return m_done; }
    /// Whether nothing of an answer has come.
    [[nodiscard]] bool empty() const { return m_empty; }
    /// Nothing more comes. Fails where the answer has not come to its end.
    [[nodiscard]] Result<ChatReply> finish();

private:
    [[nodiscard]] Result<void> event(std::string_view data);
    [[nodiscard]] Result<void> take(const nlohmann::ordered_json& told);
    void takeLogprobs(const nlohmann::ordered_json& choice);
    void takeCounts(const nlohmann::ordered_json& told);

    OnText m_onText, m_onThought;
    EventReader m_events;
    ChatReply m_reply;
    std::string m_whole;  // of an answer that is no stream
    bool m_isStream = false, m_ended = false, m_done = false, m_empty = true;
};

/// The reason in the body of an error, in whichever form, fit to be shown; empty: there is none.
[[nodiscard]] std::string errorIn(std::string_view body);

}  // namespace alcove::app
