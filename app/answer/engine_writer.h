// Answers written by a model of the engine.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "app/answer/writer.h"
#include "engine/model/session.h"
#include "engine/sampling/sampler.h"

namespace alcove::app {

struct EngineWriterOptions {
    engine::SamplingOptions sampling;
    int64_t answerTokens = 320;  // at most
    /// Where the computed state of whole documents is kept; empty: nowhere.
    std::filesystem::path keepIn;
};

class EngineWriter final : public Writer {
public:
    /// The session is the writer's own from now on; the context must hold a question and more.
    static Result<std::unique_ptr<EngineWriter>> create(std::unique_ptr<engine::Session> session,
                                                        EngineWriterOptions options);

    [[nodiscard]] size_t room() const override;
    [[nodiscard]] Result<size_t> tokens(const Prompt& prompt) const override;
    [[nodiscard]] Result<std::string> write(const Prompt& prompt, std::stop_token stop) override;
    [[nodiscard]] std::string name() const override;

    /// Of the last prompt: how many tokens were there already, from a kept file or the last
    /// question.
    [[nodiscard]] int64_t reused() const { return m_reused; }
    /// The prompt as the model gets it.
    [[nodiscard]] Result<std::vector<engine::Token>> encode(const Prompt& prompt) const;

private:
    EngineWriter(std::unique_ptr<engine::Session> session, EngineWriterOptions options)
        : m_session(std::move(session)), m_options(std::move(options)) {}
    [[nodiscard]] Result<std::string> stopText() const;
    [[nodiscard]] Result<void> prepare(const Prompt& prompt,
                                       const std::vector<engine::Token>& whole,
                                       std::stop_token stop);

    std::unique_ptr<engine::Session> m_session;
    EngineWriterOptions m_options;
    int64_t m_reused = 0;
};

}  // namespace alcove::app
