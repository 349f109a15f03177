// The routes of Anthropic's API.
#pragma once

#include "app/api/openai.h"

namespace alcove::app {

/// /v1/messages, /v1/messages/count_tokens
void addAnthropicRoutes(Router& router, ApiHost& host);

}  // namespace alcove::app
