// The routes of Ollama's API.
#pragma once

#include "app/api/openai.h"

namespace alcove::app {

/// /api/chat, /api/generate, /api/tags, /api/embed, /api/version
void addOllamaRoutes(Router& router, ApiHost& host);

}  // namespace alcove::app
