// What each statement of the catalogue answers and where its rows are, as its header says: for what tries statements on
// a found schema, and for what moves a tenant to another database.
#pragma once

#include <span>
#include <string_view>

namespace salesflow {

struct StatementRows {
  std::string_view name;  // "events.list_pending", as Query::name
  std::string_view rows;  // "id uuid | contact_id uuid? | …", ? for what may be NULL; "none"
  /// Which tenant key the rows that it reads and writes hang on: user | org | accounts (people, organisations and what
  /// is kept about them) | mixed (more than one of these) | none (no such table).
  std::string_view place;
};

/// Of every statement, in the order of all_statements(). Made by CMake (cmake/Rooms.cmake).
std::span<const StatementRows> all_statement_rows();

}  // namespace salesflow
