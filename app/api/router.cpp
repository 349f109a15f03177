#include "app/api/router.h"

#include <algorithm>

#include "app/api/openai.h"

namespace alcove::app {
namespace {

bool fits(std::string_view pattern, std::string_view path) {
    if (pattern.ends_with("/*")) return path.starts_with(pattern.substr(0, pattern.size() - 1));
    return pattern == path;
}

/// "[::1]:80" and "localhost:80" without their ports.
std::string_view withoutPort(std::string_view authority) {
    const size_t bracket = authority.rfind(']');
    const size_t colon = authority.rfind(':');
    if (colon == std::string_view::npos) return authority;
    return bracket != std::string_view::npos && colon < bracket ? authority
                                                                : authority.substr(0, colon);
}

/// In whatever case the first is written.
bool sameLetters(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
    });
}

bool isLoopback(std::string_view host) {
    return sameLetters(host, "localhost") || host == "127.0.0.1" || host == "[::1]";
}

/// Takes as long for every wrong key.
bool sameKey(std::string_view given, std::string_view wanted) {
    unsigned differs = given.size() == wanted.size() ? 0 : 1;
    for (size_t i = 0; i < given.size(); ++i)
        differs |= static_cast<unsigned>(given[i] ^ wanted[i % wanted.size()]);
    return differs == 0;
}

}  // namespace

void Router::add(std::string method, std::string path, ErrorForm form, RouteHandler handler) {
    m_routes.push_back({std::move(method), std::move(path), std::move(form), std::move(handler)});
}

std::optional<ApiError> Router::mayAsk(const Exchange& exchange) const {
    using Kind = ApiError::Kind;
    if (m_rules.checkHost) {
        const auto known = [&](std::string_view host) {
            return isLoopback(host) ||
                   std::ranges::find(m_rules.hosts, host) != m_rules.hosts.end();
        };
        if (!known(withoutPort(exchange.header("Host"))))
            return ApiError{Kind::Forbidden, "the Host header does not name this machine", {}, {}};
        std::string_view origin;
        const std::string header = exchange.header("Origin");
        origin = header;
        const size_t scheme = origin.find("://");
        if (!origin.empty() &&
            (scheme == std::string_view::npos || !known(withoutPort(origin.substr(scheme + 3)))))
            return ApiError{Kind::Forbidden, "requests of web pages are not answered", {}, {}};
    }
    if (m_rules.key.empty()) return std::nullopt;
    const std::string authorization = exchange.header("Authorization");
    const std::string_view written = authorization;
    constexpr std::string_view kBearer = "bearer ";
    const bool right = (sameLetters(written.substr(0, kBearer.size()), kBearer) &&
                        sameKey(written.substr(kBearer.size()), m_rules.key)) ||
                       sameKey(exchange.header("x-api-key"), m_rules.key);
    if (right) return std::nullopt;
    return ApiError{Kind::Unauthorised, "the key is missing or wrong", {}, "invalid_api_key"};
}

void Router::handle(Exchange& exchange) const {
    const HttpRequest& request = exchange.request();
    const Route* route = nullptr;
    std::string allowed;
    for (const Route& candidate : m_routes) {
        if (!fits(candidate.path, request.path)) continue;
        if (candidate.method == request.method ||
            (candidate.method == "GET" && request.method == "HEAD")) {
            route = &candidate;
            break;
        }
        allowed += (allowed.empty() ? "" : ", ") + candidate.method;
    }
    const auto answer = [&](const ErrorForm& form, const ApiError& error, int status) {
        exchange.send(status, "application/json", form(error));
    };
    if (const auto refused = mayAsk(exchange))
        return answer(route ? route->form : openAiError, *refused, refused->status());
    if (!route && !allowed.empty()) {
        exchange.setHeader("Allow", allowed);
        return answer(openAiError,
                      {ApiError::Kind::Invalid,
                       concat(request.path, " is asked by ", allowed, " alone"),
                       {},
                       {}},
                      405);
    }
    if (!route)
        return answer(
            openAiError,
            {ApiError::Kind::NotFound, concat("there is nothing at ", request.path), {}, {}}, 404);
    try {
        if (const auto refused = route->handler(exchange); refused && !exchange.answered()) {
            if (refused->kind == ApiError::Kind::Busy) exchange.setHeader("Retry-After", "1");
            answer(route->form, *refused, refused->status());
        }
    } catch (const std::exception& error) {
        if (!exchange.answered())
            answer(route->form, {ApiError::Kind::Failed, error.what(), {}, {}}, 500);
    }
}

}  // namespace alcove::app
