// The HTTP routes of the agenda: follow-ups of today and all that wait, a lead's suggestions, activities.
#pragma once

#include <vector>

#include "features/agenda/agenda.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::agenda {

/// Handlers refer to `agenda`, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Agenda& agenda);

}  // namespace salesflow::agenda
