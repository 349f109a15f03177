// Reaches the engine of this user, and starts it where it does not run.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "app/http/remote_call.h"
#include "engine/base/result.h"

namespace alcove::app {

/// $ALCOVE_SOCKET, or "alcove/engine.sock" in the folder for what lasts as long as the user is
/// logged in.
[[nodiscard]] std::filesystem::path hostSocket();

/// Where the engine keeps what it has read, for the next time. Empty: nowhere.
[[nodiscard]] std::filesystem::path keptPromptsFolder();

/// A running engine that speaks our protocol.
struct RunningHost {
    RemotePlace place;
    bool isLikeUs = true;  // it has the models' folder and the kernels that this process would take
};
/// Started, where there is none, from the program that lies beside this one.
[[nodiscard]] Result<RunningHost> reachHost(
    std::chrono::seconds patience = std::chrono::seconds(20));
/// Nothing: none runs.
[[nodiscard]] std::optional<RemotePlace> runningHost();

/// Asks it. `patience`: until the next bytes come; it says something every half second where work
/// takes longer.
[[nodiscard]] Result<RemoteAnswer> callHost(
    const RemotePlace& place, std::string method, std::string path, std::string body = {},
    const OnRemotePiece& onPiece = {}, std::chrono::seconds patience = std::chrono::seconds(60));
/// Why it refused, in the words of its answer.
[[nodiscard]] Error refusalOf(const RemoteAnswer& answer, const std::string& body);

}  // namespace alcove::app
