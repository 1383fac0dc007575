// The catalogue of statements: what their headers tell that no request needs, for the plan test and `salesflow
// explain`.
#pragma once

#include <span>
#include <string_view>

#include "platform/core/query.hpp"

namespace salesflow {

/// One statement as it is sent. All views point to static storage.
struct CatalogueEntry {
  const Query* query;
  std::span<const std::string_view> parameters;  // names, in the order of the header's list
  std::string_view hotspot;                      // "Q1": its number in the strategy, "" for most
  std::string_view sorts;                        // why its plan may sort, "" when it may not
  std::string_view unplanned;                    // "none, because …": why its plan is not checked, "" when it is
};

/// Every statement of the service with all its variants, room by room. Made by CMake (cmake/Rooms.cmake).
std::span<const CatalogueEntry> all_statements();

}  // namespace salesflow
