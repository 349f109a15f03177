// One request in work: a session, what is left of its prompt, and the answer so far. Belongs to the
// engine's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/generation/answer_guide.h"
#include "app/generation/stop_filter.h"
#include "app/host/answer_stream.h"
#include "engine/base/result.h"
#include "engine/model/session.h"
#include "engine/model/speculation.h"
#include "engine/sampling/sampler.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::app {

struct GenerationRequest {
    std::vector<engine::Token> prompt;
    engine::SamplingOptions sampling;
    int64_t tokens = 0;  // of the answer; 0: as many as the context holds
    std::vector<std::string> stops;
    std::optional<size_t> logprobs;    // report each token, and so many of the likeliest
    bool ignoreEnd = false;            // the model's own end does not end the answer
    std::vector<engine::Token> ends;   // tokens that end it besides
    std::vector<engine::Token> shown;  // control tokens that are part of the text
    std::optional<AnswerRules> rules;  // none: the answer is free
    /// The state of the prompt's first `keptTokens` is taken from this file where that holds it,
    /// and else kept there once it is computed.
    std::filesystem::path keptIn;
    size_t keptTokens = 0;
    bool isSecret = false;  // nothing else of it is for the disk: it holds documents' words
};

class Sequence {
public:
    using Clock = std::chrono::steady_clock;

    /// `session` holds the first `reused` tokens of the prompt, and at least its last is missing.
    Sequence(GenerationRequest request, std::shared_ptr<AnswerStream> stream,
             engine::Session& session, int64_t reused, Clock::time_point asked);

    [[nodiscard]] engine::Session& session() const { return m_session; }
    [[nodiscard]] const GenerationRequest& request() const { return m_request; }
    [[nodiscard]] std::stop_token cancelled() const { return m_stream->cancelled(); }
    [[nodiscard]] const AnswerUsage& usage() const { return m_usage; }

    // ---- the prompt
    [[nodiscard]] bool reading() const { return m_read < m_request.prompt.size(); }
    /// What is to be read, at most `most` tokens.
    [[nodiscard]] std::span<const engine::Token> toRead(int64_t most) const;
    [[nodiscard]] size_t left() const { return m_request.prompt.size() - m_read; }
    /// True: what is to be kept is there, and no more.
    [[nodiscard]] bool wasRead(size_t tokens);

    // ---- the answer
    /// Chooses the next token and passes its text on. False: that ended the answer.
    [[nodiscard]] bool choose();
    /// The token chosen last, which is to be fed. Nothing is computed ahead any more.
    [[nodiscard]] std::span<const engine::Token> chosen();
    /// Feeds it, and computes ahead what the text repeats.
    [[nodiscard]] Result<void> feedAlone();

    /// The first reason holds. Nothing is computed from then on.
    void end(AnswerEnd end, std::string error = {});
    [[nodiscard]] bool ended() const { return m_ending.has_value(); }
    [[nodiscard]] std::optional<AnswerEnd> ending() const { return m_ending; }
    /// Tells who asked how it ended: the last that is done.
    void tell();

private:
    [[nodiscard]] bool chooseFrom(std::span<float> logits, std::string& text);
    [[nodiscard]] bool endsAnswer(engine::Token token) const;
    [[nodiscard]] std::string textOf(engine::Token token, engine::StreamDecoder& decoder) const;
    [[nodiscard]] TokenReport report(std::span<const float> logits) const;
    [[nodiscard]] std::span<float> logits();

    GenerationRequest m_request;
    std::shared_ptr<AnswerStream> m_stream;
    engine::Session& m_session;
    size_t m_read;
    engine::Sampler m_sampler;
    engine::StreamDecoder m_decoder;
    StopFilter m_filter;
    std::optional<AnswerGuide> m_guide;
    std::optional<engine::Speculation> m_speculation;
    engine::Token m_chosen = engine::kNoToken;
    AnswerUsage m_usage;
    Clock::time_point m_began;
    Clock::time_point m_answering;
    std::optional<AnswerEnd> m_ending;
    std::string m_error;
};

}  // namespace alcove::app
