// The routes that the slices declare, for tools that run without a server.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace salesflow::apps {

struct Endpoint {
  std::string_view slice, operation, method, path;
};

/// All of them. Made by cmake/Endpoints.cmake from the slices' routes files.
std::span<const Endpoint> all_endpoints();

/// Who runs a statement, by the house's rule that route and statement have one name: "GET /api/deals" for
/// "deals.list_deals", and for "contacts.list_contacts_found" that of list_contacts. Where no route has the name,
/// "slice contacts"; "" for a statement of the platform's.
std::string endpoints_of(std::string_view statement);

}  // namespace salesflow::apps
