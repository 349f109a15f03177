// One request to a server: one that nobody here controls, or our own engine on its socket.
//
// Nothing is sent before the other side is known to be allowed and to be who it should be: the
// address is looked at, not the name; redirects are not followed; TLS is held to what the user
// trusts. What comes back is bounded: headers by count and length, the body by bytes, everything by
// time. The exchange runs on a thread of its own, so that a server that says nothing, or little by
// little, or never ends, keeps nobody waiting longer than the limits say.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace alcove::app {

struct TlsTrust {
    std::filesystem::path authorities;  // PEM; empty: those of the system
    /// SHA-256 of the server's certificate, in hexadecimal digits: it alone is trusted, whoever
    /// signed it. Empty: not pinned.
    std::string fingerprint;
};

struct RemotePlace {
    std::filesystem::path socket;  // a Unix socket; or:
    std::string host;              // a name or an address, IPv6 without brackets
    uint16_t port = 0;
    bool tls = false;
    TlsTrust trust;
    /// Nothing but this machine is reached, and no name is looked up.
    bool loopbackOnly = true;
};

struct RemoteLimits {
    std::chrono::milliseconds connect{10'000};  // for the address, the connection and TLS
    std::chrono::milliseconds silence{120'000};
    std::chrono::milliseconds whole{900'000};  // from the beginning to the last byte
    size_t body = size_t{16} << 20;            // bytes
};

struct RemoteCall {
    std::string method = "GET";
    std::string path = "/";
    std::map<std::string, std::string> headers;
    std::string body;
};

struct RemoteAnswer {
    int status = 0;
    std::string type;      // Content-Type
    std::string location;  // of a redirect
    std::string body;      // what `onPiece` did not take
};

/// Sees each piece of a body as it comes, on the thread that made the call; false ends the call.
using OnRemotePiece = std::function<bool(const RemoteAnswer& head, std::string_view piece)>;

/// Fails where there is no answer, where it is cut short, breaks a limit, or `stop` is asked for.
[[nodiscard]] Result<RemoteAnswer> callRemote(const RemotePlace& place, const RemoteCall& call,
                                              const RemoteLimits& limits = {},
                                              const OnRemotePiece& onPiece = {},
                                              std::stop_token stop = {});

/// Whether it is this machine by what is written: "localhost", or an address of the loopback. A
/// name is never looked up for this, so another name of this machine counts as another machine.
[[nodiscard]] bool writtenAsLoopback(const std::string& host);

/// Bytes that may stand in a line of a request as they are: letters, digits and signs of ASCII.
[[nodiscard]] bool isPlain(std::string_view text);

/// The 64 digits of a fingerprint as it is written ("AB:CD:…", "abcd…") in lower case; empty: it
/// is none.
[[nodiscard]] std::string normalFingerprint(std::string_view written);

}  // namespace alcove::app
