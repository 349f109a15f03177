// An answer on its way from the engine's thread to whoever asked for it.
//
// One thread makes it, another takes it. What is not taken yet is joined, so that a slow reader
// costs no more memory than the answer itself, and never holds the engine up.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace alcove::app {

/// A token with its likelihood before any sampling rule, and the likeliest in its place.
struct TokenReport {
    struct Choice {
        engine::Token token = engine::kNoToken;
        float logprob = 0.0f;
    };
    Choice chosen;
    std::vector<Choice> likeliest;
};

struct AnswerPiece {
    std::string text;                 // whole characters
    std::vector<TokenReport> tokens;  // where they were asked for

    [[nodiscard]] bool empty() const { return text.empty() && tokens.empty(); }
};

enum class AnswerEnd : uint8_t {
    Complete,     // the model ended it
    StopText,     // one of the stop texts came
    Limit,        // as many tokens as were asked for
    ContextFull,  // no room is left
    Cancelled,    // by who asked, or since the host ends
    Failed,
};

struct AnswerUsage {
    int64_t promptTokens = 0;
    int64_t reusedTokens = 0;  // of the prompt: computed before, for another request
    int64_t answerTokens = 0;
    int64_t thoughtTokens = 0;   // of the answer: a thought, where thoughts are looked for
    double waitedSeconds = 0.0;  // until its turn came
    double promptSeconds = 0.0;  // until the first token
    double answerSeconds = 0.0;
};

struct AnswerEnding {
    AnswerEnd end = AnswerEnd::Complete;
    std::string stopText;  // the one that came
    std::string error;     // Failed: what went wrong
    AnswerUsage usage;
};

class AnswerStream {
public:
    // ---- who asked
    /// Waits for the next piece, for the end, or until the time is over. Empty: look at ending().
    [[nodiscard]] AnswerPiece next(std::chrono::milliseconds patience);
    /// There once everything was taken and the answer has ended.
    [[nodiscard]] std::optional<AnswerEnding> ending() const;
    /// Nobody wants it any more: the engine stops within one token.
    void cancel() { m_stop.request_stop(); }

    // ---- the engine
    void push(AnswerPiece piece);
    void end(AnswerEnding ending);
    [[nodiscard]] std::stop_token cancelled() const { return m_stop.get_token(); }

private:
    mutable std::mutex m_mutex;  // guards m_waiting and m_ending
    std::condition_variable m_changed;
    AnswerPiece m_waiting;
    std::optional<AnswerEnding> m_ending;
    std::stop_source m_stop;
};

}  // namespace alcove::app
