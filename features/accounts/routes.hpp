// The HTTP routes of accounts (contract 2.1) under /api/auth, and of the members under /api/organization.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "features/accounts/accounts.hpp"
#include "features/accounts/members.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::accounts {

/// What the routes need beside the use cases.
struct RouteSettings {
  std::chrono::seconds refresh_ttl{};  // life of the refresh cookie
  bool cookie_secure = true;
  /// Origins other than the server's own that may use the refresh cookie: those of CORS.
  std::function<bool(std::string_view)> allows_origin;
};

/// Handlers refer to `accounts` and `members`, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Accounts& accounts, Members& members, RouteSettings settings);

}  // namespace salesflow::accounts
