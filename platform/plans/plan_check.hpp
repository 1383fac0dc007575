// What PostgreSQL makes of a statement of ours: indexes, scans, sorts, buffers; and whether its header promised that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/cluster/sql_session.hpp"
#include "platform/core/catalogue.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::plans {

enum class PlanMode { custom, generic };
std::string_view to_string(PlanMode mode);

struct Tenant {
  std::optional<Uuid> user_id, org_id;
};

struct PlanFacts {
  std::vector<std::string> indexes;     // names, as scanned
  std::vector<std::string> sequential;  // tables read by a sequential scan
  bool sorts = false;                   // a Sort or Incremental Sort
  std::int64_t buffers = 0;             // shared, hit and read; 0 when it was not run
  std::int64_t rows = 0;                // returned, or changed by a write without RETURNING
  double milliseconds = 0;
  std::string text;  // the plan of the first run, as psql shows it

  bool uses_any_of(std::string_view comma_separated) const;
};

enum class Execution { none, rolled_back };

/// EXPLAIN of one statement in a transaction that is rolled back, with the tenant set as a request sets it. With
/// Execution::rolled_back it runs twice and the figures are those of the second, warm run; with none nothing is run or
/// locked, and buffers and rows stay 0. `arguments` are SQL literals in the order of the query's header: "'…'", "51".
/// Errors: internal with the statement's name and PostgreSQL's message.
Result<PlanFacts> explain(cluster::SqlSession& session, const Tenant& tenant, const Query& query,
                          const std::vector<std::string>& arguments, PlanMode mode,
                          Execution execution = Execution::rolled_back);

/// "25 + 1 * rows", "14 + 4.5 * rows" or "60" for a number of rows, at least one. Throws std::invalid_argument for what
/// is no budget.
std::int64_t budget_of(std::string_view budget, std::int64_t rows);

enum class Verdict { ok, over_budget, wrong_index, seq_scan, sort };
std::string_view to_string(Verdict verdict);

/// Every promise of the header that the plan breaks, worst first; empty when it keeps them all.
std::vector<Verdict> broken_promises(const CatalogueEntry& entry, const PlanFacts& facts);

}  // namespace salesflow::plans
