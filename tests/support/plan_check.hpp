// What PostgreSQL makes of a statement of ours: indexes, scans, sorts, buffers; as salesflow_app with the tenant set.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/core/ids.hpp"
#include "platform/core/query.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::test {

enum class PlanMode { custom, generic };

struct PlanFacts {
  std::vector<std::string> indexes;     // names, as scanned
  std::vector<std::string> sequential;  // tables read by a sequential scan
  bool sorts = false;                   // a Sort or Incremental Sort
  std::int64_t buffers = 0;             // shared, hit and read
  std::int64_t rows = 0;
  std::string text;  // the plan, for messages

  bool uses_any_of(std::string_view comma_separated) const;
};

/// Runs EXPLAIN (ANALYZE, BUFFERS) twice and tells of the second, warm run. `arguments` are SQL literals in the order
/// of the query's header, e.g. "'…'" or "51"; writes are rolled back.
PlanFacts explain(TestDatabase& database, const std::optional<Uuid>& user_id, const std::optional<Uuid>& org_id,
                  const Query& query, const std::vector<std::string>& arguments, PlanMode mode);

/// "25 + 1 * rows" or "60" for a number of rows. Throws std::invalid_argument for what is no budget.
std::int64_t budget_of(std::string_view budget, std::int64_t rows);

}  // namespace salesflow::test
