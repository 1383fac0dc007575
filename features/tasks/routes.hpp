// The HTTP routes of tasks (contract 1.9) under /api/tasks.
#pragma once

#include <vector>

#include "features/tasks/tasks.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::tasks {

/// Handlers refer to `tasks`, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Tasks& tasks);

}  // namespace salesflow::tasks
