// /health for who supervises the host, /metrics for Prometheus.
#pragma once

#include "app/api/openai.h"

namespace alcove::app {

void addHealthRoutes(Router& router, ApiHost& host);

}  // namespace alcove::app
