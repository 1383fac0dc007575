// The HTTP routes of templates and channels.
#pragma once

#include <atomic>
#include <vector>

#include "features/analytics/source.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::analytics {

class ProvenTemplates;

/// Handlers refer to `templates` and to `mode`, which must outlive them; one set a worker thread.
std::vector<http::Route> template_routes(ProvenTemplates& templates, const std::atomic<Source>& mode);

}  // namespace salesflow::analytics
