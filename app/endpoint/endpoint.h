// Where models answer: the engine of this machine, or a server that speaks OpenAI's API (vLLM,
// SGLang, llama-server, Ollama). Those that the user has added are kept in the settings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/http/remote_call.h"
#include "app/settings/settings_file.h"
#include "engine/base/result.h"

namespace alcove::app {

/// The name of this machine's own engine, which is always there.
inline constexpr std::string_view kLocalEndpoint = "local";

struct ServerUrl {
    bool tls = false;
    std::string host;  // IPv6 without brackets
    uint16_t port = 0;
    std::string path;  // "/v1": what the API's routes are under, without a slash at its end
};
/// "http://host:8000/v1". Where no path is given it is /v1.
[[nodiscard]] Result<ServerUrl> parseUrl(std::string_view text);

struct Endpoint {
    std::string name;
    std::string url;  // as it was given; empty: this machine's engine
    std::string key;  // empty: none is sent
    TlsTrust trust;
    std::vector<std::string> models;  // as it last told them

    [[nodiscard]] bool isLocal() const { return url.empty(); }
    /// Whether what is sent there stays on this machine, by what the URL says. Where a server on
    /// this machine passes things on, it says nothing of that.
    [[nodiscard]] bool staysHere() const;
};

/// All that the settings say of endpoints.
struct EndpointSettings {
    bool onlyThisMachine = true;
    std::vector<Endpoint> endpoints;  // without the local one

    /// The local one too. Null: there is none of this name.
    [[nodiscard]] const Endpoint* find(std::string_view name) const;
    /// An error that says what to do where it may not be reached.
    [[nodiscard]] Result<void> allows(const Endpoint& endpoint) const;
};

/// Fails with the member that is not as it should be.
[[nodiscard]] Result<EndpointSettings> readEndpoints(const nlohmann::ordered_json& settings);
/// Replaces what the settings say of endpoints.
void writeEndpoints(const EndpointSettings& endpoints, nlohmann::ordered_json& settings);

/// Whether an endpoint is one that can be kept: its name, URL, key and trust.
[[nodiscard]] Result<void> checkEndpoint(const Endpoint& endpoint);

}  // namespace alcove::app
