// The engine's rank-head models as rag wants them.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "engine/base/result.h"
#include "engine/model/embedder.h"
#include "engine/model/model.h"
#include "engine/model/runtime.h"
#include "rag/reranker.h"

namespace alcove::app {

class EngineReranker final : public rag::Reranker {
public:
    /// The runtime outlives what is created.
    static Result<std::unique_ptr<EngineReranker>> create(
        std::shared_ptr<const engine::Model> model, engine::Runtime& runtime);
    /// Of a file, or of the name of a model in the models' folder.
    static Result<std::unique_ptr<EngineReranker>> load(const std::string& model,
                                                        engine::Runtime& runtime);

    [[nodiscard]] std::string name() const override { return m_name; }
    [[nodiscard]] Result<std::vector<float>> relevance(const std::string& question,
                                                       std::span<const std::string> texts,
                                                       std::stop_token stop) override;

private:
    EngineReranker() = default;

    std::unique_ptr<engine::Embedder> m_ranker;
    std::mutex m_mutex;  // guards m_ranker's computing
    std::string m_name;
    bool m_probability = false;  // the head's own value is one
};

}  // namespace alcove::app
