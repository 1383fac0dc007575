// SlowRequests: who is told of a request that took too long, with the shapes of what it asked and none of its values.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::http {

/// A parameter of a path or a query string.
struct ParameterShape {
  std::string name;       // as the route documents it; "?" for one that it does not know
  std::string_view type;  // uuid, integer, number, boolean, time or text: what its value looks like
  std::size_t bytes = 0;  // percent-encoded, as sent
};

/// In the order of the template, then of the query string; at most 50.
std::vector<ParameterShape> shapes_of(const Route& route, std::span<const std::string> path_parameters,
                                      std::string_view query);

struct SlowExchange {
  const RequestContext& context;
  const Route* route;  // null: none matched
  Method method;
  int status = 0;
  SteadyTime started_at{};
  TimePoint ended_at{};
  std::chrono::microseconds took{0};
  std::uint64_t body_bytes = 0;  // as declared; 0 for a body in chunks
  std::vector<ParameterShape> parameters;
};

/// Called on the request's thread, behind its answer.
class SlowRequests {
 public:
  virtual ~SlowRequests() = default;
  virtual void on_slow(const SlowExchange& exchange) = 0;
};

}  // namespace salesflow::http
