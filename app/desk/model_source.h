// Where a desk's models come from: the process itself loads them, or the engine host lends those
// that it has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "app/answer/writer.h"
#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "rag/embedder.h"
#include "rag/reranker.h"

namespace alcove::app {

struct WriterChoice {
    std::string model;           // a file, or a name in the models' folder
    int64_t answerTokens = 320;  // at most
    float temperature = 0;
    std::filesystem::path keepIn;  // where the computed state of whole documents is kept
};

class ModelSource {
public:
    virtual ~ModelSource() = default;
    [[nodiscard]] virtual Result<std::unique_ptr<rag::Embedder>> embedder(
        const std::filesystem::path& file) = 0;
    [[nodiscard]] virtual Result<std::unique_ptr<Writer>> writer(const WriterChoice& choice) = 0;
    /// A file, or a name in the models' folder.
    [[nodiscard]] virtual Result<std::unique_ptr<rag::Reranker>> reranker(
        const std::string& model) = 0;
    /// Makes the indexes of a library quicker, while it is opened.
    [[nodiscard]] virtual ThreadPool& pool() = 0;
    [[nodiscard]] virtual std::string cpu() const = 0;  // as ALCOVE_CPU
};

}  // namespace alcove::app
