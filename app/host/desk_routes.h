// The desk (app/desk) as routes of the private socket: POST /alcove/library/NAME with the request
// as its body. The answer is a stream of events, then {"result": …} or {"error": "…"}, so that it
// is known whole. Who goes away stops the work.
#pragma once

#include <stop_token>

#include "app/api/router.h"
#include "app/desk/desk.h"

namespace alcove::app {

/// All outlive the router. `stop`: the host ends.
void addDeskRoutes(Router& router, Desk& desk, const std::stop_token& stop);

}  // namespace alcove::app
