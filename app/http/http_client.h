// One request to a server on a private socket or at an address, by Poco; the answer is taken as it
// comes.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace alcove::app {

struct ServerPlace {
    std::filesystem::path socket;  // a Unix socket; or:
    std::string host = "127.0.0.1";
    uint16_t port = 0;
};

struct HttpCall {
    std::string method = "GET";
    std::string path = "/";
    std::map<std::string, std::string> headers;
    std::string body;
    std::chrono::seconds patience{60};  // for the next bytes of the answer
};

struct HttpAnswer {
    int status = 0;
    std::string body;    // what `onPiece` did not take
    bool whole = false;  // it came to its end
};

/// Sees each piece of a body as it comes, once the status is known; false ends the call.
using OnBody = std::function<bool(int status, std::string_view piece)>;

/// Fails where nothing was answered at all.
[[nodiscard]] Result<HttpAnswer> call(const ServerPlace& place, const HttpCall& call,
                                      const OnBody& onPiece = {});

}  // namespace alcove::app
