#include "app/host/host_client.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/host/engine_host.h"
#include "app/models/folder.h"
#include "engine/base/child_process.h"
#include "engine/base/paths.h"
#include "engine/base/terminal.h"

namespace alcove::app {
namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

enum class Greeting : uint8_t { Fits, Nobody, Stranger };

Greeting greet(const RemotePlace& place, bool& isLikeUs, std::string& reason) {
    if (!isOwn(place.socket)) {
        reason =
            concat(place.socket.string(),
                   ": belongs to another user, to whom nothing is told; set XDG_RUNTIME_DIR or "
                   "ALCOVE_SOCKET to a folder of your own");
        return Greeting::Stranger;
    }
    const Result<RemoteAnswer> answer = callHost(place, "GET", "/alcove/handshake", {}, {}, 5s);
    if (!answer) {
        reason = answer.message();
        return Greeting::Nobody;
    }
    const auto told = nlohmann::json::parse(answer->body, nullptr, false);
    const bool ours = told.is_object() && told.value("program", "") == "alcove-engine";
    if (ours && told.value("protocol", 0) == kHostProtocol) {
        const char* cpu = std::getenv("ALCOVE_CPU");
        isLikeUs = told.value("models", "") == modelsFolder().string() &&
                   told.value("cpu", "") == (cpu ? cpu : "");
        return Greeting::Fits;
    }
    reason = concat(place.socket.string(), ": ",
                    ours ? "the engine that runs is of another version; end it and try again"
                         : "something else than Alcove's engine answers there");
    return Greeting::Stranger;
}

}  // namespace

fs::path hostSocket() {
    if (const char* given = std::getenv("ALCOVE_SOCKET"); given && *given) return given;
    return userRuntimeFolder() / "alcove" / "engine.sock";
}

fs::path keptPromptsFolder() {
    const fs::path cache = userCacheFolder();
    return cache.empty() ? cache : cache / "alcove" / "prompts";
}

Result<RemoteAnswer> callHost(const RemotePlace& place, std::string method, std::string path,
                              std::string body, const OnRemotePiece& onPiece,
                              std::chrono::seconds patience) {
    RemoteLimits limits;  // it is our own: what it says may be long, and take long
    limits.silence = patience;
    limits.whole = std::chrono::hours(24 * 365);
    limits.body = SIZE_MAX;
    return callRemote(place, {std::move(method), std::move(path), {}, std::move(body)}, limits,
                      onPiece);
}

Error refusalOf(const RemoteAnswer& answer, const std::string& body) {
    const auto told = nlohmann::json::parse(body, nullptr, false);
    return fail(told.is_object() && told.contains("error") && told["error"].is_object()
                    ? told["error"].value("message", "the engine refused")
                    : concat("the engine answered with status ", answer.status));
}

Result<RunningHost> reachHost(std::chrono::seconds patience) {
    RunningHost host;
    host.place.socket = hostSocket();
    // Where the engine could not listen, there is no use in waiting for it.
    ALCOVE_CHECK(preparePrivateFolder(host.place.socket.parent_path()));
    std::string reason;
    const auto until = std::chrono::steady_clock::now() + patience;
    std::optional<std::chrono::steady_clock::time_point> started;
    for (;;) {
        switch (greet(host.place, host.isLikeUs, reason)) {
            case Greeting::Fits:
                return host;
            case Greeting::Stranger:
                return fail(reason);
            case Greeting::Nobody:
                break;
        }
        // Again and again: one that is about to end may still have the place.
        const auto now = std::chrono::steady_clock::now();
        if (!started || now - *started > 1s) {
            const fs::path program = programFolder() / programName("alcove-engine");
            ALCOVE_CHECK(startDetached(program, {"--socket", host.place.socket.string()}));
            started = now;
        }
        if (now >= until)
            return fail("the engine did not answer within ", patience.count(),
                        " seconds: ", reason);
        std::this_thread::sleep_for(10ms);
    }
}

std::optional<RemotePlace> runningHost() {
    RemotePlace place;
    place.socket = hostSocket();
    bool isLikeUs = false;
    std::string reason;
    return greet(place, isLikeUs, reason) == Greeting::Fits ? std::optional(place) : std::nullopt;
}

}  // namespace alcove::app
