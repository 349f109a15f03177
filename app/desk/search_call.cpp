// search: {"query", "mode": "hybrid"|"text"|"vector", "count", "model", "reranker", "filter"}
// gives the passages that fit best.
#include <algorithm>
#include <chrono>

#include "app/desk/describe.h"
#include "app/desk/desk.h"
#include "app/desk/filter.h"

namespace alcove::app {

Result<Json> Desk::search(const DeskCall& call) {
    Fields fields(call.request);
    const std::string query = fields.requiredText("query");
    const std::string mode = fields.text("mode", "hybrid");
    if (mode != "hybrid" && mode != "text" && mode != "vector")
        fields.refuse("mode", "is not one of hybrid, text, vector");
    LibraryWish wish;
    wish.needsModel = mode != "text";
    wish.model = fields.text("model");
    const std::string ordering = fields.text("reranker");
    rag::RetrieveOptions options;
    options.mode = mode == "text"     ? rag::SearchMode::Text
                   : mode == "vector" ? rag::SearchMode::Vector
                                      : rag::SearchMode::Hybrid;
    options.passages = static_cast<size_t>(fields.integer("count", 10, 1, 1000));
    options.candidates = std::max<size_t>(options.candidates, 4 * options.passages);
    options.stop = call.stop;
    const FilterWords filter = readFilter(fields);
    ALCOVE_CHECK(checked(fields));
    ALCOVE_TRY(const OpenLibraries::Use use, open(call, wish));
    Library& library = use.library();
    ALCOVE_TRY(options.filter, filterOf(filter, library));
    std::unique_ptr<rag::Reranker> reranker;
    if (!ordering.empty()) {
        ALCOVE_TRY(reranker, m_models.reranker(ordering));
    }
    rag::Retriever retriever(library.store(), library.embedder(), reranker.get());
    const auto started = std::chrono::steady_clock::now();
    ALCOVE_TRY(const std::vector<rag::Passage> passages, retriever.passages(query, options));
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - started;
    Json json = {{"query", query}, {"mode", mode}, {"took_ms", took.count()}};
    const bool meaning = wish.needsModel && library.embedder();
    json["model"] = meaning ? Json(library.embedder()->name()) : Json(nullptr);
    if (reranker) json["reranker"] = reranker->name();
    json["passages"] = Json::array();
    for (size_t i = 0; i < passages.size(); ++i)
        json["passages"].push_back(describe(passages[i], i + 1));
    return json;
}

}  // namespace alcove::app
