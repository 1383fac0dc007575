// The HTTP routes of CRM notes and the zero-input summary (contract 2.9) under /api/crm.
#pragma once

#include <chrono>
#include <vector>

#include "features/notes/notes.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::notes {

/// Handlers refer to `notes`, which must outlive them; one set a worker thread. `summary_deadline`: how long a summary
/// may take, a backend's time included.
std::vector<http::Route> routes(Notes& notes, std::chrono::milliseconds summary_deadline);

}  // namespace salesflow::notes
