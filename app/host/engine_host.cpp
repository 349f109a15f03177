#include "app/host/engine_host.h"

#include <condition_variable>
#include <mutex>

#include "app/api/anthropic.h"
#include "app/api/generation_call.h"
#include "app/api/health.h"
#include "app/api/ollama.h"
#include "app/api/router.h"
#include "app/host/desk_routes.h"
#include "app/http/remote_call.h"

namespace alcove::app {
using namespace engine;
namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

constexpr auto kKeepLibraries = 300s;  // open, without need

}  // namespace

Result<std::unique_ptr<EngineHost>> EngineHost::start(EngineHostOptions options) {
    std::unique_ptr<EngineHost> host(new EngineHost);
    host->m_options = std::move(options);
    const EngineHostOptions& chosen = host->m_options;
    ALCOVE_CHECK(preparePrivateFolder(chosen.socket.parent_path()));
    const fs::path lockFile = chosen.socket.string() + ".lock";
    ALCOVE_TRY(host->m_lock, FileLock::tryAcquire(lockFile));
    if (!host->m_lock)
        return fail(chosen.socket.string(), ": another engine (process ",
                    FileLock::holder(lockFile), ") has it");
    std::error_code ignored;
    fs::remove(chosen.socket, ignored);  // of a host that was killed: the lock is ours
    ALCOVE_TRY(host->m_runtime, Runtime::create(static_cast<int>(chosen.threads), chosen.cpu));
    host->m_scheduler = std::make_unique<Scheduler>(*host->m_runtime, chosen.scheduling);
    host->m_models = std::make_unique<ModelPool>(*host->m_runtime, *host->m_scheduler,
                                                 ModelPoolOptions{chosen.models, chosen.memory});
    host->m_api = std::make_unique<ApiHost>(ApiHost{*host->m_models, *host->m_scheduler});
    host->m_lent = std::make_unique<HostModels>(*host->m_models, *host->m_scheduler,
                                                *host->m_runtime, chosen.cpu);
    host->m_desk = std::make_unique<Desk>(*host->m_lent);
    AccessRules rules;
    rules.checkHost = false;  // a web page does not reach a socket of this kind
    auto router = std::make_shared<Router>(host->publicRoutes(std::move(rules)));
    host->addOwnRoutes(*router);
    ListenOptions listen;
    listen.socket = chosen.socket;
    ALCOVE_TRY(host->m_server, HttpServer::listen(listen, [router](Exchange& exchange) {
                   router->handle(exchange);
               }));
    return host;
}

EngineHost::~EngineHost() {
    m_stop.request_stop();
    // Those who wait for an answer must be told before their connections are waited for.
    if (m_desk) m_desk->stop();
    if (m_scheduler) m_scheduler->stop();
    m_server.reset();
}

Router EngineHost::publicRoutes(AccessRules rules) {
    Router router(std::move(rules));
    addOpenAiRoutes(router, *m_api);
    addAnthropicRoutes(router, *m_api);
    addOllamaRoutes(router, *m_api);
    addHealthRoutes(router, *m_api);
    return router;
}

void EngineHost::addOwnRoutes(Router& router) {
    addDeskRoutes(router, *m_desk, m_stop.get_token());
    router.add("GET", "/alcove/handshake", openAiError,
               [this](Exchange& exchange) -> std::optional<ApiError> {
                   exchange.send(200, "application/json",
                                 dump({{"program", "alcove-engine"},
                                       {"protocol", kHostProtocol},
                                       {"version", ALCOVE_VERSION},
                                       {"models", m_options.models.string()},
                                       {"cpu", m_options.cpu}}));
                   return std::nullopt;
               });
    router.add("POST", "/alcove/port", openAiError,
               [this](Exchange& exchange) { return openPort(exchange); });
    router.add("POST", "/alcove/forget", openAiError,
               [this](Exchange& exchange) -> std::optional<ApiError> {
                   m_scheduler->forgetPrompts();
                   exchange.send(200, "application/json", "{}");
                   return std::nullopt;
               });
    router.add("POST", "/alcove/stop", openAiError,
               [this](Exchange& exchange) -> std::optional<ApiError> {
                   exchange.send(200, "application/json", "{}");
                   m_stop.request_stop();
                   return std::nullopt;
               });
}

/// The port is open as long as who asked for it listens to the answer.
std::optional<ApiError> EngineHost::openPort(Exchange& exchange) {
    using Kind = ApiError::Kind;
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Fields fields(body);
    ListenOptions listen;
    listen.address = fields.text("address", "127.0.0.1");
    listen.port = static_cast<uint16_t>(fields.integer("port", 0, 0, UINT16_MAX));
    listen.certificate = fields.text("certificate");
    listen.key = fields.text("certificate_key");
    AccessRules rules;
    rules.key = fields.text("key");
    rules.hosts = fields.texts("hosts", 64);
    if (fields.error()) return fields.error();
    if (!isPlain(rules.key))
        return ApiError{Kind::Invalid,
                        "no request can carry this key: it must be of letters, digits and signs of "
                        "ASCII, without blanks",
                        "key", "invalid_value"};
    const bool loopback = listen.address == "127.0.0.1" || listen.address == "::1";
    if (!loopback && (rules.key.empty() || listen.certificate.empty()))
        return ApiError{Kind::Invalid,
                        concat("an address that other machines reach (", listen.address,
                               ") needs a key and a certificate"),
                        "address", "invalid_value"};
    // Behind TLS and a key, names are the business of the certificate.
    if (!loopback) rules.checkHost = false;
    const auto router = std::make_shared<Router>(publicRoutes(rules));
    auto server = HttpServer::listen(listen, [router](Exchange& e) { router->handle(e); });
    if (!server) return ApiError{Kind::Failed, server.message(), "port", {}};
    ++m_ports;
    exchange.begin(200, "text/event-stream");
    bool listened = exchange.write(sseData({{"port", (*server)->port()}}));
    const std::stop_token stop = m_stop.get_token();
    std::mutex mutex;
    std::condition_variable_any wake;
    for (std::unique_lock lock(mutex); listened && !stop.stop_requested();) {
        wake.wait_for(lock, stop, 200ms, [] { return false; });
        listened = exchange.connected() && exchange.write(": open\n\n");
    }
    --m_ports;
    return std::nullopt;
}

bool EngineHost::isNeeded() const {
    const SchedulerCounts counts = m_scheduler->counts();
    return m_ports > 0 || counts.waiting > 0 || counts.working > 0 || m_server->connections() > 0;
}

void EngineHost::run(const std::stop_token& stop) {
    const std::stop_callback forward(stop, [this] { m_stop.request_stop(); });
    const std::stop_token ended = m_stop.get_token();
    std::mutex mutex;
    std::condition_variable_any wake;
    auto needed = std::chrono::steady_clock::now();
    uint64_t seen = 0;
    for (std::unique_lock lock(mutex); !ended.stop_requested();) {
        wake.wait_for(lock, ended, 500ms, [] { return false; });
        const auto now = std::chrono::steady_clock::now();
        const uint64_t requests = m_scheduler->counts().requests;
        if (isNeeded() || requests != seen) needed = now;
        seen = requests;
        m_desk->closeUnused(kKeepLibraries);
        if (now - needed >= m_options.idle) return;
    }
}

}  // namespace alcove::app
