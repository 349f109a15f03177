// The engine's embedding models as rag wants them.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "engine/base/result.h"
#include "engine/model/embedder.h"
#include "engine/model/model.h"
#include "engine/model/runtime.h"
#include "rag/embedder.h"

namespace alcove::app {

class EngineEmbedder final : public rag::Embedder {
public:
    /// The runtime outlives what is created.
    static Result<std::unique_ptr<EngineEmbedder>> create(
        std::shared_ptr<const engine::Model> model, engine::Runtime& runtime);

    [[nodiscard]] size_t count(std::string_view text) const override;
    [[nodiscard]] std::string name() const override { return m_name; }
    [[nodiscard]] size_t dimension() const override { return m_dimension; }
    [[nodiscard]] size_t limit() const override { return m_limit; }
    [[nodiscard]] Result<std::vector<float>> embedPassages(std::span<const std::string> texts,
                                                           std::stop_token stop) override;
    [[nodiscard]] Result<std::vector<float>> embedQuestion(const std::string& text,
                                                           std::stop_token stop) override;

private:
    EngineEmbedder() = default;
    [[nodiscard]] Result<std::vector<float>> embed(std::span<const std::string> texts,
                                                   std::stop_token stop);

    std::unique_ptr<engine::Embedder> m_embedder;
    std::mutex m_mutex;  // guards m_embedder's computing
    std::string m_name, m_questionPrefix, m_passagePrefix;
    size_t m_dimension = 0, m_limit = 0;
};

}  // namespace alcove::app
