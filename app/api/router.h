// Finds the handler of a request, and keeps out who may not ask.
//
// A web page in the user's browser can reach a port of this machine, so a request must carry a Host
// that names this machine and no Origin but such a one; a key is asked for where one was set.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/api/fields.h"
#include "app/http/http_server.h"

namespace alcove::app {

/// How an API says that something is wrong.
using ErrorForm = std::function<std::string(const ApiError&)>;
/// Answers, or says why not.
using RouteHandler = std::function<std::optional<ApiError>(Exchange&)>;

struct AccessRules {
    std::string key;                 // empty: none is asked for
    bool checkHost = true;           // not on a private socket, which no web page reaches
    std::vector<std::string> hosts;  // further names that requests may call this machine by
};

class Router {
public:
    explicit Router(AccessRules rules = {}) : m_rules(std::move(rules)) {}

    /// A path ending in "/*" stands for all below it.
    void add(std::string method, std::string path, ErrorForm form, RouteHandler handler);
    void handle(Exchange& exchange) const;

private:
    struct Route {
        std::string method, path;
        ErrorForm form;
        RouteHandler handler;
    };
    [[nodiscard]] std::optional<ApiError> mayAsk(const Exchange& exchange) const;

    AccessRules m_rules;
    std::vector<Route> m_routes;
};

}  // namespace alcove::app
