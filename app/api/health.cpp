#include "app/api/health.h"

#include "app/api/generation_call.h"

namespace alcove::app {
namespace {

std::optional<ApiError> health(ApiHost& host, Exchange& exchange) {
    const SchedulerCounts counts = host.scheduler.counts();
    exchange.send(200, "application/json",
                  dump({{"status", "ok"},
                        {"working", counts.working},
                        {"waiting", counts.waiting},
                        {"models", host.models.loaded()}}));
    return std::nullopt;
}

std::optional<ApiError> metrics(ApiHost& host, Exchange& exchange) {
    const SchedulerCounts counts = host.scheduler.counts();
    std::string text;
    const auto put = [&](const char* name, const char* type, const char* help, uint64_t value) {
        text += concat("# HELP alcove_", name, " ", help, "\n# TYPE alcove_", name, " ", type,
                       "\nalcove_", name, " ", value, "\n");
    };
    put("requests_total", "counter", "Requests taken.", counts.requests);
    put("requests_refused_total", "counter", "Requests refused since the queue was full.",
        counts.refused);
    put("requests_cancelled_total", "counter", "Requests whose client went away.",
        counts.cancelled);
    put("requests_failed_total", "counter", "Requests that ended with an error.", counts.failed);
    put("prompt_tokens_total", "counter", "Tokens of prompts.", counts.promptTokens);
    put("prompt_tokens_reused_total", "counter", "Of them, those computed before.",
        counts.reusedTokens);
    put("answer_tokens_total", "counter", "Tokens of answers.", counts.answerTokens);
    put("requests_waiting", "gauge", "Requests in the queue.", counts.waiting);
    put("requests_working", "gauge", "Requests in work.", counts.working);
    put("models_loaded", "gauge", "Models in memory.", host.models.loaded().size());
    put("models_bytes", "gauge", "Memory of the loaded models, as reckoned.", host.models.bytes());
    exchange.send(200, "text/plain; version=0.0.4; charset=utf-8", text);
    return std::nullopt;
}

}  // namespace

void addHealthRoutes(Router& router, ApiHost& host) {
    router.add("GET", "/health", openAiError, [&](Exchange& e) { return health(host, e); });
    router.add("GET", "/metrics", openAiError, [&](Exchange& e) { return metrics(host, e); });
}

}  // namespace alcove::app
