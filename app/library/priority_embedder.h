// One embedder for who asks and for who indexes: a question is embedded before the next few
// passages, however many wait.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "rag/embedder.h"

namespace alcove::app {

class PriorityEmbedder final : public rag::Embedder {
public:
    explicit PriorityEmbedder(std::unique_ptr<rag::Embedder> embedder)
        : m_embedder(std::move(embedder)) {}

    [[nodiscard]] size_t count(std::string_view text) const override {
        return m_embedder->count(text);
    }
    [[nodiscard]] std::string name() const override { return m_embedder->name(); }
    [[nodiscard]] size_t dimension() const override { return m_embedder->dimension(); }
    [[nodiscard]] size_t limit() const override { return m_embedder->limit(); }
    /// In groups of about one length; between two of them questions have their turn.
    [[nodiscard]] Result<std::vector<float>> embedPassages(std::span<const std::string> texts,
                                                           std::stop_token stop) override;
    [[nodiscard]] Result<std::vector<float>> embedQuestion(const std::string& text,
                                                           std::stop_token stop) override;

    /// Questions that are waiting or being embedded.
    [[nodiscard]] size_t questionsWaiting();

private:
    [[nodiscard]] Result<std::vector<float>> embedGroup(std::span<const std::string> texts,
                                                        std::stop_token stop);

    std::unique_ptr<rag::Embedder> m_embedder;
    std::mutex m_turn;  // whose turn it is: guards the two counts
    std::condition_variable m_changed;
    size_t m_questions = 0;  // waiting or being embedded
    bool m_busy = false;     // a group or a question is being embedded
};

}  // namespace alcove::app
