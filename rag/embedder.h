// What rag knows of a model that turns texts into vectors; app joins it with the engine's.
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace alcove::rag {

/// Counts as the embedder's own tokenizer does. Calls may come from several threads.
class TokenCounter {
public:
    virtual ~TokenCounter() = default;
    /// Tokens of a text, without those that a model puts around it.
    [[nodiscard]] virtual size_t count(std::string_view text) const = 0;
};

class Embedder : public TokenCounter {
public:
    /// Tells apart whatever gives other vectors.
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual size_t dimension() const = 0;
    /// The most tokens of a text that are looked at, by count().
    [[nodiscard]] virtual size_t limit() const = 0;

    /// One row of dimension() values for each text.
    [[nodiscard]] virtual Result<std::vector<float>> embedPassages(
        std::span<const std::string> texts, std::stop_token stop = {}) = 0;
    /// Some models want questions marked as such.
    [[nodiscard]] virtual Result<std::vector<float>> embedQuestion(const std::string& text,
                                                                   std::stop_token stop = {}) = 0;
};

}  // namespace alcove::rag
