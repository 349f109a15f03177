#include "app/endpoint/endpoint.h"

#include <algorithm>
#include <charconv>

#include "app/api/fields.h"

namespace alcove::app {
namespace {

constexpr size_t kLongestName = 64;
constexpr size_t kLongestUrl = 2048;
constexpr size_t kLongestKey = 4096;
constexpr size_t kMostModels = 10'000;
constexpr size_t kLongestModel = 512;

constexpr const char* kEndpoints = "endpoints";
constexpr const char* kOnlyHere = "only_this_machine";

Result<void> checkName(const std::string& name) {
    const bool fits = !name.empty() && name.size() <= kLongestName && name.front() != '-' &&
                      std::ranges::all_of(name, [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                 (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
                      });
    if (!fits)
        return fail("'", name, "' cannot be the name of an endpoint: letters, digits, '-', '_' ",
                    "and '.' are allowed, ", kLongestName, " at most");
    if (name == kLocalEndpoint)
        return fail("'", kLocalEndpoint, "' is this machine's own engine; choose another name");
    return {};
}

Result<Endpoint> readEndpoint(const Json& entry, const std::string& where) {
    if (!entry.is_object()) return fail(where, " must be an object");
    Fields fields(entry);
    Endpoint endpoint;
    endpoint.name = fields.requiredText("name");
    endpoint.url = fields.requiredText("url");
    endpoint.key = fields.text("key");
    endpoint.trust.authorities = fields.text("ca");
    endpoint.trust.fingerprint = fields.text("fingerprint");
    endpoint.models = fields.texts("models", kMostModels);
    if (fields.error()) return fail(where, ": ", fields.error()->message);
    if (const Result<void> fits = checkEndpoint(endpoint); !fits)
        return fail(where, ": ", fits.message());
    return endpoint;
}

Json describe(const Endpoint& endpoint) {
    Json entry = {{"name", endpoint.name}, {"url", endpoint.url}};
    if (!endpoint.key.empty()) entry["key"] = endpoint.key;
    if (!endpoint.trust.authorities.empty()) entry["ca"] = endpoint.trust.authorities.string();
    if (!endpoint.trust.fingerprint.empty()) entry["fingerprint"] = endpoint.trust.fingerprint;
    entry["models"] = endpoint.models;
    return entry;
}

}  // namespace

Result<ServerUrl> parseUrl(std::string_view text) {
    const auto wrong = [&](std::string_view reason) {
        return fail("'", text.substr(0, kLongestUrl), "' is no address of a server: ", reason,
                    "; it looks like http://127.0.0.1:8000/v1");
    };
    ServerUrl url;
    if (text.size() > kLongestUrl) return wrong("it is too long");
    if (!isPlain(text)) return wrong("it has blanks or other characters that must be escaped");
    std::string_view rest = text;
    if (rest.starts_with("https://"))
        url.tls = true;
    else if (!rest.starts_with("http://"))
        return wrong("it begins with neither http:// nor https://");
    rest.remove_prefix(url.tls ? 8 : 7);
    if (rest.find_first_of("?#") != std::string_view::npos)
        return wrong("it asks for something ('?' or '#')");
    const size_t slash = std::min(rest.find('/'), rest.size());
    std::string_view place = rest.substr(0, slash);
    std::string_view path = rest.substr(slash);
    if (place.find('@') != std::string_view::npos)
        return wrong("it has a user's name in it; a key is given apart");
    std::string_view port;
    if (place.starts_with('[')) {
        const size_t end = place.find(']');
        if (end == std::string_view::npos) return wrong("a ']' is missing");
        url.host = place.substr(1, end - 1);
        place.remove_prefix(end + 1);
        if (!place.empty() && place.front() != ':') return wrong("something follows its ']'");
        port = place.empty() ? place : place.substr(1);
        if (!place.empty() && port.empty()) return wrong("its port is empty");
    } else {
        const size_t colon = place.find(':');
        url.host = place.substr(0, colon);
        if (colon != std::string_view::npos) {
            port = place.substr(colon + 1);
            if (port.empty()) return wrong("its port is empty");
        }
    }
    if (url.host.empty()) return wrong("the host is missing");
    if (url.host.find_first_of("[]\\^`{}|<>\"%") != std::string::npos)
        return wrong("the host has characters that no name has");
    url.port = url.tls ? 443 : 80;
    if (!port.empty()) {
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
        if (error != std::errc() || end != port.data() + port.size() || url.port == 0)
            return wrong("its port is not a number from 1 to 65535");
    }
    while (path.ends_with('/')) path.remove_suffix(1);
    url.path = path.empty() ? "/v1" : std::string(path);
    return url;
}

bool Endpoint::staysHere() const {
    if (isLocal()) return true;
    const Result<ServerUrl> parsed = parseUrl(url);
    return parsed && writtenAsLoopback(parsed->host);
}

const Endpoint* EndpointSettings::find(std::string_view name) const {
    static const Endpoint kLocal{std::string(kLocalEndpoint), {}, {}, {}, {}};
    if (name == kLocalEndpoint) return &kLocal;
    const auto found = std::ranges::find(endpoints, name, &Endpoint::name);
    return found == endpoints.end() ? nullptr : &*found;
}

Result<void> EndpointSettings::allows(const Endpoint& endpoint) const {
    if (!onlyThisMachine || endpoint.staysHere()) return {};
    return fail("'", endpoint.name, "' (", endpoint.url, ") is another machine, and Alcove is set ",
                "to stay on this one; nothing was sent. `alcove-cli endpoints allow-network on` ",
                "allows it");
}

Result<void> checkEndpoint(const Endpoint& endpoint) {
    ALCOVE_CHECK(checkName(endpoint.name));
    ALCOVE_TRY(const ServerUrl url, parseUrl(endpoint.url));
    if (endpoint.key.size() > kLongestKey || !isPlain(endpoint.key))
        return fail("the key of '", endpoint.name, "' cannot be sent: it must be at most ",
                    kLongestKey, " letters, digits and signs without blanks");
    const TlsTrust& trust = endpoint.trust;
    if (!trust.fingerprint.empty() && normalFingerprint(trust.fingerprint).empty())
        return fail("'", trust.fingerprint, "' is not a SHA-256 fingerprint: 64 hexadecimal ",
                    "digits, with or without colons, as `openssl x509 -fingerprint -sha256` ",
                    "prints them");
    if (!trust.fingerprint.empty() && !trust.authorities.empty())
        return fail("a certificate authority and a fingerprint exclude each other: the ",
                    "certificate of this fingerprint is trusted whoever signed it");
    if (!url.tls && (!trust.fingerprint.empty() || !trust.authorities.empty()))
        return fail("what is trusted matters for https:// alone, and '", endpoint.url,
                    "' is not encrypted");
    if (std::ranges::any_of(endpoint.models, [](const std::string& model) {
            return model.empty() || model.size() > kLongestModel;
        }))
        return fail("'", endpoint.name, "' has a model whose name is empty or too long");
    return {};
}

Result<EndpointSettings> readEndpoints(const nlohmann::ordered_json& settings) {
    EndpointSettings out;
    Fields fields(settings);
    out.onlyThisMachine = fields.flag(kOnlyHere, true);
    if (fields.error()) return fail(fields.error()->message);
    const Json* entries = fields.member(kEndpoints);
    if (!entries) return out;
    if (!entries->is_array()) return fail("'", kEndpoints, "' must be an array");
    for (size_t i = 0; i < entries->size(); ++i) {
        ALCOVE_TRY(Endpoint endpoint, readEndpoint((*entries)[i], concat(kEndpoints, "[", i, "]")));
        if (out.find(endpoint.name))
            return fail(kEndpoints, "[", i, "]: there are two of the name '", endpoint.name, "'");
        out.endpoints.push_back(std::move(endpoint));
    }
    return out;
}

void writeEndpoints(const EndpointSettings& endpoints, nlohmann::ordered_json& settings) {
    settings[kOnlyHere] = endpoints.onlyThisMachine;
    Json entries = Json::array();
    for (const Endpoint& endpoint : endpoints.endpoints) entries.push_back(describe(endpoint));
    settings[kEndpoints] = std::move(entries);
}

}  // namespace alcove::app
