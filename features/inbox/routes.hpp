// HTTP routes of the inbox (contract 2.6).
#pragma once

#include <vector>

#include "features/inbox/inbox.hpp"
#include "platform/http/route.hpp"

namespace salesflow::inbox {

/// The inbox must outlive the routes.
std::vector<http::Route> routes(Inbox& inbox);

}  // namespace salesflow::inbox
