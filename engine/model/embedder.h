// Texts to vectors with an embedding model, and (query, text) pairs to scores with a rank-head
// model.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/model.h"
#include "engine/model/runtime.h"

namespace alcove::engine {

class Compute;

struct EmbedderOptions {
    int64_t batch = 2048;                     // tokens computed at once
    std::optional<Precision> precision = {};  // empty: see defaultPrecision()
    bool normalise = true;                    // L2
};

struct Embedding {
    std::vector<float> values;
    int64_t tokens = 0;      // of the text, before any cut
    bool truncated = false;  // the text was longer than the model's context: its beginning was used
};

class Embedder {
public:
    static Result<std::unique_ptr<Embedder>> create(std::shared_ptr<const Model> model,
                                                    Runtime& runtime, EmbedderOptions options = {});
    ~Embedder();

    /// One result for each text, in the order given. Texts are computed sorted by length.
    [[nodiscard]] Result<std::vector<Embedding>> embed(std::span<const std::string> texts,
                                                       std::stop_token stop = {});
    /// The same for token sequences as they are (no BOS, CLS or SEP added).
    [[nodiscard]] Result<std::vector<Embedding>> embedTokens(
        std::span<const std::vector<Token>> texts, std::stop_token stop = {});
    /// Final states of every token of one sequence, row after row (pooling ignored, not
    /// normalised).
    [[nodiscard]] Result<std::vector<float>> tokenStates(std::span<const Token> tokens);

    /// Relevance of each text to the query; needs a model with a rank head.
    [[nodiscard]] Result<std::vector<float>> rank(const std::string& query,
                                                  std::span<const std::string> texts,
                                                  std::stop_token stop = {});

    [[nodiscard]] int64_t dimension() const;
    [[nodiscard]] const Model& model() const { return *m_model; }

private:
    Embedder(std::shared_ptr<const Model> model, Runtime& runtime, EmbedderOptions options);

    [[nodiscard]] Result<std::vector<std::vector<float>>> compute(
        std::span<const std::span<const Token>> texts, Pooling pooling, std::stop_token stop);

    std::shared_ptr<const Model> m_model;
    EmbedderOptions m_options;
    std::unique_ptr<Compute> m_compute;
};

}  // namespace alcove::engine
