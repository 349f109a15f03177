#include "app/api/rerank.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "app/api/embedding_call.h"
#include "app/api/generation_call.h"

namespace alcove::app {
using namespace engine;

namespace {

struct Wanted {
    std::string model, query;
    std::vector<std::string> documents;
    size_t most = 0;
    bool texts = false;  // the documents are sent back
};

struct Scores {
    std::vector<double> relevance;
    int64_t tokens = 0;
};

Wanted readWanted(Fields& fields) {
    Wanted wanted;
    wanted.model = fields.text("model");
    wanted.query = fields.requiredText("query");
    const Json* documents = fields.member("documents");
    if (!documents || !documents->is_array() || documents->empty())
        fields.refuse("documents", "must be an array of texts, and not empty");
    else if (documents->size() > kMostTexts)
        fields.refuse("documents", concat("may have at most ", kMostTexts, " texts"));
    else
        for (const Json& document : *documents) {
            const bool inside = document.is_object() && document.contains("text");
            const Json& text = inside ? document["text"] : document;
            if (!text.is_string()) {
                fields.refuse("documents", "must be texts, or objects with a text");
                break;
            }
            wanted.documents.push_back(text.get<std::string>());
        }
    const auto count = static_cast<int64_t>(std::max<size_t>(wanted.documents.size(), 1));
    wanted.most =
        static_cast<size_t>(std::min(fields.integer("top_n", count, 1, int64_t{1} << 30), count));
    wanted.texts = fields.flag("return_documents");
    return wanted;
}

/// By a head that was trained for it; what it gives is brought to 0 … 1.
std::optional<ApiError> rankAll(ApiHost& host, const HostedModel& model, const Wanted& wanted,
                                Exchange& exchange, Scores& out) {
    constexpr size_t kGroup = 8;
    const std::span<const std::string> all = wanted.documents;
    for (size_t first = 0; first < all.size(); first += kGroup) {
        if (!exchange.connected()) return ApiError{ApiError::Kind::Failed, "cancelled", {}, {}};
        const auto group = all.subspan(first, std::min(kGroup, all.size() - first));
        Result<std::vector<float>> made = fail("the engine is being shut down");
        host.scheduler.compute([&] { made = model.embedder->rank(wanted.query, group); });
        if (!made) return ApiError{ApiError::Kind::Failed, made.message(), {}, {}};
        for (const float score : *made)
            out.relevance.push_back(1.0 / (1.0 + std::exp(-static_cast<double>(score))));
    }
    const Tokenizer& tokenizer = *model.model->tokenizer();
    const size_t query = tokenizer.encode(wanted.query).size();
    for (const std::string& text : all)
        out.tokens += static_cast<int64_t>(query + tokenizer.encode(text).size());
    return std::nullopt;
}

/// Vectors have the length 1.
std::optional<ApiError> compareAll(ApiHost& host, const Wanted& wanted, Exchange& exchange,
                                   Scores& out) {
    EmbeddingCall call{wanted.model, {wanted.query}};
    call.texts.insert(call.texts.end(), wanted.documents.begin(), wanted.documents.end());
    std::vector<Embedding> vectors;
    if (auto failed = embedAll(host, call, exchange, vectors)) return failed;
    const std::vector<float>& query = vectors.front().values;
    for (const Embedding& vector : vectors) {
        out.tokens += vector.tokens;
        if (&vector == &vectors.front()) continue;
        out.relevance.push_back(
            std::inner_product(query.begin(), query.end(), vector.values.begin(), 0.0));
    }
    return std::nullopt;
}

std::optional<ApiError> rerank(ApiHost& host, Exchange& exchange) {
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Fields fields(body);
    Wanted wanted = readWanted(fields);
    if (fields.error()) return fields.error();
    if (wanted.model.empty()) wanted.model = std::string(kStarterEmbeddingModel);
    std::shared_ptr<HostedModel> model;
    if (auto refused = findHosted(host, wanted.model, true, model)) return refused;
    Scores scores;
    auto failed = model->model->info().pooling == Pooling::Rank
                      ? rankAll(host, *model, wanted, exchange, scores)
                      : compareAll(host, wanted, exchange, scores);
    if (failed) return failed;
    std::vector<size_t> order(wanted.documents.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::sort(order, [&](size_t a, size_t b) {
        return scores.relevance[a] != scores.relevance[b]
                   ? scores.relevance[a] > scores.relevance[b]
                   : a < b;
    });
    order.resize(wanted.most);
    Json results = Json::array();
    for (const size_t i : order) {
        Json result = {{"index", i}, {"relevance_score", scores.relevance[i]}};
        if (wanted.texts) result["document"] = {{"text", wanted.documents[i]}};
        results.push_back(std::move(result));
    }
    exchange.send(
        200, "application/json",
        dump({{"id", makeId("rerank-")},
              {"object", "list"},
              {"model", model->id},
              {"results", std::move(results)},
              {"usage", {{"prompt_tokens", scores.tokens}, {"total_tokens", scores.tokens}}}}));
    return std::nullopt;
}

}  // namespace

void addRerankRoutes(Router& router, ApiHost& host) {
    router.add("POST", "/v1/rerank", openAiError,
               [&](Exchange& exchange) { return rerank(host, exchange); });
}

}  // namespace alcove::app
