// /v1/chat/completions and /v1/completions: one way from a request to its answers.
#pragma once

#include "app/api/generation_call.h"

namespace alcove::app {

[[nodiscard]] std::optional<ApiError> chatCompletions(ApiHost& host, Exchange& exchange);
[[nodiscard]] std::optional<ApiError> completions(ApiHost& host, Exchange& exchange);

}  // namespace alcove::app
