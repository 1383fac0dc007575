// The HTTP routes of message events (contract 2.2) under /api/autopilot.
#pragma once

#include <vector>

#include "features/events/events.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::events {

/// Handlers refer to `events`, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Events& events);

}  // namespace salesflow::events
