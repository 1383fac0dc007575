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

/// read_only: PostgreSQL itself refuses to change a row.
enum class Execution { none, rolled_back, read_only };

/// EXPLAIN of one statement in a transaction that is rolled back, with the tenant set as a request sets it. With
/// Execution::rolled_back or read_only it runs twice and the figures are those of the second, warm run; with none
/// nothing is run or locked, and buffers and rows stay 0. `arguments` are SQL literals in the order of the query's
/// header: "'…'", "51". Errors: internal with the statement's name and PostgreSQL's message.
Result<PlanFacts> explain(cluster::SqlSession& session, const Tenant& tenant, const Query& query,
                          const std::vector<std::string>& arguments, PlanMode mode,
                          Execution execution = Execution::rolled_back);

/// A statement prepared as `checked`, for EXPLAIN EXECUTE. Throws std::logic_error for a type that is not known.
std::string prepare_sql(const Query& query);
/// "(NULL, NULL)": arguments of a generic plan, which depends on none; "" where there are none.
std::string no_arguments(const Query& query);

/// What a budget costs and adds for each row.
struct Budget {
  double fixed = 0, a_row = 0;

  /// Of "25 + 1 * rows". Throws std::invalid_argument for what is no budget.
  static Budget parse(std::string_view text);
  double for_rows(double rows) const { return fixed + a_row * (rows < 1 ? 1 : rows); }
};

/// "25 + 1 * rows", "14 + 4.5 * rows" or "60" for a number of rows, at least one. Throws std::invalid_argument for what
/// is no budget.
std::int64_t budget_of(std::string_view budget, std::int64_t rows);

enum class Verdict { ok, over_budget, wrong_index, seq_scan, sort, missing_index };
std::string_view to_string(Verdict verdict);

/// Every promise of the header that the plan breaks, worst first; empty when it keeps them all. `allowance`: buffers
/// beside the budget (of partitions).
std::vector<Verdict> broken_promises(const CatalogueEntry& entry, const PlanFacts& facts, std::int64_t allowance = 0);

}  // namespace salesflow::plans
