// /v1/responses: OpenAI's newer API, in which an answer is a list of items.
#pragma once

#include "app/api/openai.h"

namespace alcove::app {

/// POST /v1/responses; GET and DELETE /v1/responses/ID
void addResponseRoutes(Router& router, ApiHost& host);

}  // namespace alcove::app
