// The host's models for its desk: they compute on the scheduler's thread, in turn with everybody
// else.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "app/desk/model_source.h"
#include "app/host/model_pool.h"
#include "app/host/scheduler.h"

namespace alcove::app {

class HostModels final : public ModelSource {
public:
    /// All three outlive it and what it makes.
    HostModels(ModelPool& models, Scheduler& scheduler, engine::Runtime& runtime, std::string cpu)
        : m_models(models), m_scheduler(scheduler), m_runtime(runtime), m_cpu(std::move(cpu)) {}

    [[nodiscard]] Result<std::unique_ptr<rag::Embedder>> embedder(
        const std::filesystem::path& file) override;
    [[nodiscard]] Result<std::unique_ptr<Writer>> writer(const WriterChoice& choice) override;
    [[nodiscard]] Result<std::unique_ptr<rag::Reranker>> reranker(
        const std::string& model) override;
    [[nodiscard]] ThreadPool& pool() override;
    [[nodiscard]] std::string cpu() const override { return m_cpu; }

private:
    ModelPool& m_models;
    Scheduler& m_scheduler;
    engine::Runtime& m_runtime;
    const std::string m_cpu;
    std::mutex m_mutex;  // guards what follows
    /// Beside the runtime's, which belongs to the scheduler: indexes take long to make.
    std::optional<ThreadPool> m_pool;
};

}  // namespace alcove::app
