// Reaches the engine of this user, and starts it where it does not run.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "app/http/http_client.h"
#include "engine/base/result.h"

namespace alcove::app {

/// $ALCOVE_SOCKET, or "alcove/engine.sock" in the folder for what lasts as long as the user is
/// logged in.
[[nodiscard]] std::filesystem::path hostSocket();

/// Where the engine keeps what it has read, for the next time. Empty: nowhere.
[[nodiscard]] std::filesystem::path keptPromptsFolder();

/// A running engine that speaks our protocol.
struct RunningHost {
    ServerPlace place;
    bool isLikeUs = true;  // it has the models' folder and the kernels that this process would take
};
/// Started, where there is none, from the program that lies beside this one.
[[nodiscard]] Result<RunningHost> reachHost(
    std::chrono::seconds patience = std::chrono::seconds(20));
/// Nothing: none runs.
[[nodiscard]] std::optional<ServerPlace> runningHost();

}  // namespace alcove::app
