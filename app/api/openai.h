// The routes of OpenAI's API.
#pragma once

#include <string>

#include "app/api/router.h"
#include "app/host/model_pool.h"
#include "app/host/scheduler.h"

namespace alcove::app {

/// What all routes work with; it outlives them.
struct ApiHost {
    ModelPool& models;
    Scheduler& scheduler;
};

[[nodiscard]] std::string openAiError(const ApiError& error);

/// /v1/models, /v1/chat/completions, /v1/completions, /v1/embeddings
void addOpenAiRoutes(Router& router, ApiHost& host);

}  // namespace alcove::app
