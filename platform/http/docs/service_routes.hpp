// The routes that every SalesFlow server has, whatever its slices: /, health, metrics, the OpenAPI document and its
// docs.
#pragma once

#include <functional>
#include <string>

#include "platform/core/result.hpp"
#include "platform/http/docs/openapi.hpp"
#include "platform/http/server/router.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::http {

struct ServiceHooks {
  ApiInfo info;
  /// May this process take requests? An error's public_detail says why not; asked by /readyz. Must be quick.
  std::function<Task<Result<void>>()> ready;
  /// The text for /metrics; without it there is no such path.
  std::function<std::string()> metrics;
  /// What a browser gets at /; without it, it is sent to /docs.
  std::function<Response(const Request&)> page;
};

/// Adds /, /health, /healthz, /readyz, /metrics, /openapi.json and /docs. Call it last: the document lists the routes
/// that are there. `hooks` is kept by the handlers.
void add_service_routes(Router& router, ServiceHooks hooks);
/// Adds /healthz, /readyz and /metrics, for an address of their own.
void add_ops_routes(Router& router, ServiceHooks hooks);

}  // namespace salesflow::http
