// The process that owns models and caches: alcove-engine.
//
// It listens on a private socket, one for a user, and on the ports that somebody holds open through
// it (`alcove-cli serve`). When nobody has needed it for a while it ends.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "app/api/openai.h"
#include "app/desk/desk.h"
#include "app/host/host_models.h"
#include "app/host/model_pool.h"
#include "app/host/scheduler.h"
#include "app/http/http_server.h"
#include "engine/base/file_lock.h"
#include "engine/base/result.h"
#include "engine/model/runtime.h"

namespace alcove::app {

struct EngineHostOptions {
    std::filesystem::path socket;
    std::filesystem::path models;  // the folder
    int64_t threads = 0;           // 0: one for each core
    std::string cpu;               // as ALCOVE_CPU
    uint64_t memory = 0;           // bytes for models; 0: what is free
    SchedulerOptions scheduling;
    std::chrono::seconds idle{600};  // without need, until it ends
};

/// What who connects must agree with: the routes of our own change with it.
inline constexpr int kHostProtocol = 2;

class EngineHost {
public:
    /// Fails where another host has the socket.
    static Result<std::unique_ptr<EngineHost>> start(EngineHostOptions options);
    ~EngineHost();

    /// Returns when it is stopped, or nobody has needed it for long enough.
    void run(const std::stop_token& stop);

private:
    EngineHost() = default;
    [[nodiscard]] std::optional<ApiError> openPort(Exchange& exchange);
    [[nodiscard]] Router publicRoutes(AccessRules rules);
    void addOwnRoutes(Router& router);
    [[nodiscard]] bool isNeeded() const;

    EngineHostOptions m_options;
    std::optional<FileLock> m_lock;
    std::unique_ptr<engine::Runtime> m_runtime;
    std::unique_ptr<Scheduler> m_scheduler;
    std::unique_ptr<ModelPool> m_models;
    std::unique_ptr<ApiHost> m_api;
    std::unique_ptr<HostModels> m_lent;  // to the desk
    std::unique_ptr<Desk> m_desk;
    std::atomic<int> m_ports{0};  // held open
    std::stop_source m_stop;
    std::unique_ptr<HttpServer> m_server;  // last: its handlers use what is above
};

}  // namespace alcove::app
