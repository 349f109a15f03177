#include "app/api/openai.h"

#include <cstring>

#include "app/api/embedding_call.h"
#include "app/api/generation_call.h"
#include "app/api/openai_generate.h"
#include "app/api/openai_responses.h"
#include "app/api/rerank.h"

namespace alcove::app {
using namespace engine;

namespace {

const char* errorType(ApiError::Kind kind) {
    switch (kind) {
        case ApiError::Kind::Invalid:
        case ApiError::Kind::TooLarge:
            return "invalid_request_error";
        case ApiError::Kind::Unauthorised:
            return "authentication_error";
        case ApiError::Kind::Forbidden:
            return "permission_error";
        case ApiError::Kind::NotFound:
            return "not_found_error";
        case ApiError::Kind::Busy:
            return "rate_limit_error";
        case ApiError::Kind::Failed:
            return "server_error";
    }
    return "server_error";
}

Json describe(const StoredModel& model, const engine::SessionOptions& sessions) {
    Json entry = {{"id", model.name}, {"object", "model"}, {"created", 0}, {"owned_by", "alcove"}};
    entry["kind"] = model.embeds ? "embedding" : "chat";
    if (model.contextLength > 0) {
        engine::ModelInfo info;
        info.contextLength = model.contextLength;
        entry["context_length"] = model.contextLength;
        entry["context_served"] = engine::contextLengthOf(sessions, info);
    }
    if (!model.problem.empty()) entry["problem"] = model.problem;
    return entry;
}

std::optional<ApiError> allModels(ApiHost& host, Exchange& exchange) {
    const auto models = host.models.installed();
    if (!models) return ApiError{ApiError::Kind::Failed, models.message(), {}, {}};
    Json all = Json::array();
    for (const StoredModel& model : *models)
        if (model.problem.empty()) all.push_back(describe(model, host.scheduler.sessionOptions()));
    exchange.send(200, "application/json", dump({{"object", "list"}, {"data", std::move(all)}}));
    return std::nullopt;
}

std::optional<ApiError> oneModel(ApiHost& host, Exchange& exchange) {
    const auto models = host.models.installed();
    if (!models) return ApiError{ApiError::Kind::Failed, models.message(), {}, {}};
    const std::string id = exchange.request().path.substr(std::strlen("/v1/models/"));
    for (const StoredModel& model : *models) {
        if (model.name != id) continue;
        exchange.send(200, "application/json",
                      dump(describe(model, host.scheduler.sessionOptions())));
        return std::nullopt;
    }
    return ApiError{ApiError::Kind::NotFound, concat("the model '", id, "' is not installed"),
                    "model", "model_not_found"};
}

std::string base64(std::span<const std::byte> bytes) {
    constexpr std::string_view kLetters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        uint32_t three = 0;
        const size_t count = std::min<size_t>(3, bytes.size() - i);
        for (size_t k = 0; k < 3; ++k)
            three = three << 8 | (k < count ? static_cast<uint32_t>(bytes[i + k]) : 0u);
        for (size_t k = 0; k < 4; ++k)
            out += k <= count ? kLetters[three >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

std::optional<ApiError> embeddings(ApiHost& host, Exchange& exchange) {
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Fields fields(body);
    EmbeddingCall call;
    call.model = fields.text("model");
    call.texts = fields.texts("input", kMostTexts);
    if (call.texts.empty()) fields.refuse("input", "must be a text or several");
    const std::string format = fields.text("encoding_format", "float");
    if (format != "float" && format != "base64")
        fields.refuse("encoding_format", "must be float or base64");
    if (fields.error()) return fields.error();
    std::vector<Embedding> vectors;
    if (auto failed = embedAll(host, call, exchange, vectors)) return failed;
    const auto dimension = static_cast<int64_t>(vectors.front().values.size());
    if (fields.integer("dimensions", dimension, dimension, dimension) != dimension ||
        fields.error())
        return ApiError{ApiError::Kind::Invalid,
                        concat("'dimensions': the vectors of ", call.model, " have ", dimension),
                        "dimensions", "invalid_value"};
    Json data = Json::array();
    int64_t tokens = 0;
    for (size_t i = 0; i < vectors.size(); ++i) {
        const std::vector<float>& values = vectors[i].values;
        Json vector =
            format == "float" ? Json(values) : Json(base64(std::as_bytes(std::span(values))));
        data.push_back({{"object", "embedding"}, {"index", i}, {"embedding", std::move(vector)}});
        tokens += vectors[i].tokens;
    }
    exchange.send(200, "application/json",
                  dump({{"object", "list"},
                        {"data", std::move(data)},
                        {"model", call.model},
                        {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}}));
    return std::nullopt;
}

}  // namespace

std::string openAiError(const ApiError& error) {
    const auto orNull = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
    return dump({{"error",
                  {{"message", error.message},
                   {"type", errorType(error.kind)},
                   {"param", orNull(error.field)},
                   {"code", orNull(error.code)}}}});
}

void addOpenAiRoutes(Router& router, ApiHost& host) {
    const auto add = [&](const char* method, const char* path, auto* handler) {
        router.add(method, path, openAiError,
                   [&host, handler](Exchange& exchange) { return handler(host, exchange); });
    };
    add("GET", "/v1/models", allModels);
    add("GET", "/v1/models/*", oneModel);
    add("POST", "/v1/chat/completions", chatCompletions);
    add("POST", "/v1/completions", completions);
    add("POST", "/v1/embeddings", embeddings);
    addResponseRoutes(router, host);
    addRerankRoutes(router, host);
}

}  // namespace alcove::app
