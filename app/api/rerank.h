// /v1/rerank, in the form of Jina's and Cohere's APIs.
#pragma once

#include "app/api/openai.h"

namespace alcove::app {

/// By the model's rank head; by the cosine of the embeddings where it has none.
void addRerankRoutes(Router& router, ApiHost& host);

}  // namespace alcove::app
