#include "app/library/engine_reranker.h"

#include <cmath>

#include "app/models/folder.h"
#include "engine/model/architecture.h"

namespace alcove::app {

Result<std::unique_ptr<EngineReranker>> EngineReranker::create(
    std::shared_ptr<const engine::Model> model, engine::Runtime& runtime) {
    const engine::ModelInfo& info = model->info();
    if (info.pooling != engine::Pooling::Rank || model->tokenizer() == nullptr)
        return fail(info.name, " (", info.architecture,
                    ") is no reranker: it has no rank head, which gives a question and a text "
                    "together a score");
    std::unique_ptr<EngineReranker> made(new EngineReranker);
    made->m_probability = model->architecture().head.softmax;
    if (!made->m_probability && info.outputLength != 1)
        return fail(info.name, " (", info.architecture, ") is no reranker: its head has ",
                    info.outputLength, " labels and no single score");
    made->m_name = info.name;
    ALCOVE_TRY(made->m_ranker, engine::Embedder::create(std::move(model), runtime));
    return made;
}

Result<std::unique_ptr<EngineReranker>> EngineReranker::load(const std::string& model,
                                                             engine::Runtime& runtime) {
    ALCOVE_TRY(const std::filesystem::path file, findModel(model, modelsFolder()));
    ALCOVE_TRY(auto loaded, engine::Model::load(file));
    return create(std::move(loaded), runtime);
}

Result<std::vector<float>> EngineReranker::relevance(const std::string& question,
                                                     std::span<const std::string> texts,
                                                     std::stop_token stop) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(std::vector<float> scores, m_ranker->rank(question, texts, stop));
    if (!m_probability)
        for (float& score : scores) score = 1 / (1 + std::exp(-score));
    return scores;
}

}  // namespace alcove::app
