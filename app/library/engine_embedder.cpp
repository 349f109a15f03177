#include "app/library/engine_embedder.h"

#include <array>
#include <cstdio>
#include <string_view>

#include "engine/tokenizer/tokenizer.h"

namespace alcove::app {
namespace {

/// What models were trained to see before a question and before a passage.
struct Prefixes {
    std::string_view architecture, question, passage;
};
constexpr std::array kPrefixes = {
    Prefixes{"nomic-bert", "search_query: ", "search_document: "},
    Prefixes{"gemma-embedding", "task: search result | query: ", "title: none | text: "},
};

}  // namespace

Result<std::unique_ptr<EngineEmbedder>> EngineEmbedder::create(
    std::shared_ptr<const engine::Model> model, engine::Runtime& runtime) {
    const engine::ModelInfo& info = model->info();
    if (info.pooling == engine::Pooling::Rank)
        return fail(info.name, " (", info.architecture,
                    ") is a reranker: it gives a question and a text together a score, and makes "
                    "no vectors. Name an embedding model here, and this one with --rerank");
    if (info.causal || model->tokenizer() == nullptr)
        return fail(info.name, " (", info.architecture, ") does not make vectors of texts");
    std::unique_ptr<EngineEmbedder> made(new EngineEmbedder);
    for (const Prefixes& prefixes : kPrefixes) {
        if (prefixes.architecture != info.architecture) continue;
        made->m_questionPrefix = prefixes.question;
        made->m_passagePrefix = prefixes.passage;
    }
    char fingerprint[20];
    std::snprintf(fingerprint, sizeof fingerprint, "%016llx",
                  static_cast<unsigned long long>(model->fingerprint()));
    made->m_name = info.name + " " + fingerprint;
    const engine::Tokenizer& tokenizer = *model->tokenizer();
    const size_t around = tokenizer.encode("", {.addSpecial = true}).size() +
                          tokenizer.encode(made->m_passagePrefix).size();
    if (static_cast<size_t>(info.contextLength) <= around)
        return fail(info.name, ": its context of ", info.contextLength, " tokens is too short");
    made->m_limit = static_cast<size_t>(info.contextLength) - around;
    ALCOVE_TRY(made->m_embedder, engine::Embedder::create(std::move(model), runtime));
    made->m_dimension = static_cast<size_t>(made->m_embedder->dimension());
    return made;
}

size_t EngineEmbedder::count(std::string_view text) const {
    return m_embedder->model().tokenizer()->encode(text).size();
}

Result<std::vector<float>> EngineEmbedder::embed(std::span<const std::string> texts,
                                                 std::stop_token stop) {
    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(const std::vector<engine::Embedding> embeddings, m_embedder->embed(texts, stop));
    std::vector<float> rows;
    rows.reserve(embeddings.size() * m_dimension);
    for (const engine::Embedding& embedding : embeddings)
        rows.insert(rows.end(), embedding.values.begin(), embedding.values.end());
    return rows;
}

Result<std::vector<float>> EngineEmbedder::embedPassages(std::span<const std::string> texts,
                                                         std::stop_token stop) {
    if (m_passagePrefix.empty()) return embed(texts, stop);
    std::vector<std::string> prefixed;
    for (const std::string& text : texts) prefixed.push_back(m_passagePrefix + text);
    return embed(prefixed, stop);
}

Result<std::vector<float>> EngineEmbedder::embedQuestion(const std::string& text,
                                                         std::stop_token stop) {
    const std::string prefixed = m_questionPrefix + text;
    return embed(std::span(&prefixed, 1), stop);
}

}  // namespace alcove::app
