// The models that are loaded, by name: on demand, while memory allows, the least recently used go
// first.
//
// What a model needs is computed from its file before it is loaded. A model that somebody still
// works with stays; what cannot fit beside those is refused with the numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/generation/chat_prompt.h"
#include "app/generation/constraint_pool.h"
#include "app/host/scheduler.h"
#include "app/models/folder.h"
#include "engine/base/result.h"
#include "engine/model/embedder.h"
#include "engine/model/model.h"

namespace alcove::app {

/// A model ready to be asked.
struct HostedModel {
    std::string id;  // its file's name without ".gguf"
    std::filesystem::path path;
    std::shared_ptr<const engine::Model> model;
    std::optional<ChatPrompt> chat;              // of a model that writes
    std::unique_ptr<engine::Embedder> embedder;  // of one that makes vectors; engine's thread only
    uint64_t bytes = 0;                          // of memory, as it was reckoned

    /// For answers that obey a grammar; made when it is first asked for.
    [[nodiscard]] const std::shared_ptr<ConstraintPool>& constraints() const;

private:
    mutable std::once_flag m_constraintsMade;
    mutable std::shared_ptr<ConstraintPool> m_constraints;  // answers in work use it, too
};

struct ModelPoolOptions {
    std::filesystem::path folder;
    uint64_t memory = 0;  // bytes for all models; 0: what is free at the time, less a reserve
};

class ModelPool {
public:
    /// Both outlive the pool.
    ModelPool(engine::Runtime& runtime, Scheduler& scheduler, ModelPoolOptions options);
    ~ModelPool();

    enum class Refusal : uint8_t { None, Unknown, TooLarge, Broken };
    struct Found {
        std::shared_ptr<HostedModel> model;  // null: refused
        Refusal refusal = Refusal::None;
        std::string reason;
    };
    /// Loads it where it is not loaded; who asks for the same model meanwhile waits. An empty name
    /// is the starter model.
    [[nodiscard]] Found get(const std::string& name);

    [[nodiscard]] Result<std::vector<StoredModel>> installed() const;
    /// Ids of those that are loaded, the one used last first.
    [[nodiscard]] std::vector<std::string> loaded() const;
    /// Of all that is loaded, as it was reckoned.
    [[nodiscard]] uint64_t bytes() const;

private:
    [[nodiscard]] Found load(const std::filesystem::path& path);
    [[nodiscard]] std::string makeRoom(uint64_t bytes);
    void drop(std::list<std::shared_ptr<HostedModel>>::iterator entry);

    engine::Runtime& m_runtime;
    Scheduler& m_scheduler;
    const ModelPoolOptions m_options;
    std::mutex m_loading;                              // one loads at a time
    mutable std::mutex m_mutex;                        // guards m_models
    std::list<std::shared_ptr<HostedModel>> m_models;  // the one used last first
};

}  // namespace alcove::app
