// Whether every found row is what it was, or what its last writer made of it: while writers go on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/found_database.hpp"

namespace salesflow::test {

/// Application name of the old service's sessions: what they write is noted, row by row.
inline constexpr const char* old_service_name = "old-service";

/// One found table now against then. A row is touched when the old service or SalesFlow's server wrote it.
struct TableFate {
  std::string table;
  std::int64_t rows = 0;       // that were found
  std::int64_t untouched = 0;  // of them nobody has touched since
  std::int64_t touched = 0;    // that somebody has, new ones and deleted ones among them
  std::int64_t lost = 0;       // found, untouched, gone
  std::int64_t appeared = 0;   // not found and written by nobody
  std::int64_t changed = 0;    // untouched, with another value in a found column
  std::int64_t filled = 0;     // untouched, org_id was NULL and is not
  std::int64_t stale = 0;      // touched, but not as the last writer left it
  std::int64_t served = 0;     // touched by SalesFlow's server
  std::string example;         // of what is lost, appeared, changed or stale: "leads 00000010-… changed"
};

/// Copies all found rows to a schema of its own and notes there what writers do from now on: by a trigger on each found
/// table, so that a note stands exactly when the write does. Migrations and backfills are no writers: what they change
/// is a difference. Made before the schema is dumped; stays as long as the database.
class KeptRows {
 public:
  explicit KeptRows(FoundDatabase& found);
  /// One snapshot a table, so that writers need not stop.
  std::vector<TableFate> compare();

 private:
  struct Table {
    std::string name, copy, columns, columns_but_org;
    bool has_org = false;
  };
  FoundDatabase& found_;
  std::vector<Table> tables_;
};

}  // namespace salesflow::test
