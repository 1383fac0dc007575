// What each statement of the catalogue answers, as its header lists it: for what tries statements on a found schema.
#pragma once

#include <span>
#include <string_view>

namespace salesflow {

struct StatementRows {
  std::string_view name;  // "events.list_pending", as Query::name
  std::string_view rows;  // "id uuid | contact_id uuid? | …", ? for what may be NULL; "none"
};

/// Of every statement, in the order of all_statements(). Made by CMake (cmake/Rooms.cmake).
std::span<const StatementRows> all_statement_rows();

}  // namespace salesflow
