// Vectors of texts, for every API that has them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/api/openai.h"
#include "engine/model/embedder.h"

namespace alcove::app {

inline constexpr size_t kMostTexts = 2048;  // of a request

struct EmbeddingCall {
    std::string model;  // its id, once it was found
    std::vector<std::string> texts;
};

/// In groups, so that answers go on between them.
[[nodiscard]] std::optional<ApiError> embedAll(ApiHost& host, EmbeddingCall& call,
                                               Exchange& exchange,
                                               std::vector<engine::Embedding>& out);

}  // namespace alcove::app
