// What rag knows of a model that reads a question and a text together (a cross-encoder); app joins
// it with the engine's rank heads. It judges better than vectors do, and costs a pass of the model
// for each text, so it is given only the best that words and vectors have found.
#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace alcove::rag {

class Reranker {
public:
    virtual ~Reranker() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    /// How relevant each text is to the question, 0 to 1.
    [[nodiscard]] virtual Result<std::vector<float>> relevance(const std::string& question,
                                                               std::span<const std::string> texts,
                                                               std::stop_token stop = {}) = 0;
};

}  // namespace alcove::rag
