// HTTP routes of the inbox (contract 2.6).
#pragma once

#include <vector>

#include "features/inbox/inbox.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::inbox {

/// The inbox must outlive the routes.
std::vector<http::Route> routes(Inbox& inbox);
/// Those of sequences and drafts, which routes() holds as well.
std::vector<http::Route> sequence_routes(Inbox& inbox);
/// Badges and the mark as read, which routes() holds as well.
std::vector<http::Route> badge_routes(Inbox& inbox);

}  // namespace salesflow::inbox
