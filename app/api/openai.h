// The routes of OpenAI's API.
#pragma once

#include <memory>
#include <string>

#include "app/api/response_store.h"
#include "app/api/router.h"
#include "app/generation/call_grammars.h"
#include "app/generation/recently_made.h"
#include "app/host/model_pool.h"
#include "app/host/scheduler.h"

namespace alcove::app {

/// What requests asked for lately, made of their texts.
struct FormCache {
    RecentlyMade<engine::Grammar> grammars;
    RecentlyMade<CallGrammars> calls;
};

/// What all routes work with; it outlives them.
struct ApiHost {
    ModelPool& models;
    Scheduler& scheduler;
    std::unique_ptr<FormCache> forms = std::make_unique<FormCache>();
    std::unique_ptr<ResponseStore> responses = std::make_unique<ResponseStore>();
};

[[nodiscard]] std::string openAiError(const ApiError& error);

/// /v1/models, /v1/chat/completions, /v1/completions, /v1/responses, /v1/embeddings, and the
/// /v1/rerank of others
void addOpenAiRoutes(Router& router, ApiHost& host);

}  // namespace alcove::app
