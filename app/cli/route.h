// What the commands of `route` share.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/cli/command.h"
#include "app/endpoint/endpoint.h"
#include "app/routing/confidence.h"
#include "app/routing/routes.h"

namespace alcove::app {

struct RouteSettings {
    EndpointSettings endpoints;
    Routing routing;
};
[[nodiscard]] Result<RouteSettings> loadRoutes(Streams& streams);

/// null where it is not known.
[[nodiscard]] nlohmann::ordered_json asJson(const std::optional<double>& value);
[[nodiscard]] nlohmann::ordered_json asJson(const Confidence& confidence);
[[nodiscard]] nlohmann::ordered_json asJson(const Thresholds& thresholds);

[[nodiscard]] ExitCode runRouteCalibrate(Words words, Streams& streams);

}  // namespace alcove::app
