// The catalogue against any database: plans each statement, and says of each whether it keeps its header's promises.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "platform/plans/plan_check.hpp"

namespace salesflow::plans {

/// What a check has to know of a database beside the plans: read once.
struct Surroundings {
  std::set<std::string> indexes;                   // all valid ones, by name
  std::map<std::string, std::string> root_of;      // index of a partition → that of the whole table
  std::map<std::string, std::int64_t> pages;       // table → pages, those of its partitions included
  std::map<std::string, std::int64_t> partitions;  // table → how many it has

  /// Reads the system catalogue only.
  static Result<Surroundings> read(cluster::SqlSession& session);

  /// Whether PostgreSQL rightly ignores indexes: all tables of the statement are small (less than 100 pages), or all
  /// that it reads as a whole.
  bool reads_little(const Query& query, const PlanFacts& facts) const;
  /// Buffers that a statement may read beside its budget: three for each partition of its tables.
  std::int64_t allowance(const Query& query) const;
  /// How many of the indexes that a header names are not there, or not valid.
  std::size_t count_missing(const Query& query) const;
};

/// One statement and one kind of plan.
struct Checked {
  const CatalogueEntry* entry = nullptr;
  PlanMode mode = PlanMode::custom;
  PlanFacts facts;
  std::vector<Verdict> broken;
  bool run = false;            // reads are run, writes only planned
  bool small = false;          // its tables are: only the budget counts, and that its indexes are there
  std::int64_t allowance = 0;  // buffers beside the budget

  Verdict verdict() const { return broken.empty() ? Verdict::ok : broken.front(); }
  /// Shared buffers that it may read for the rows that it found.
  std::int64_t budget() const { return budget_of(entry->query->budget, facts.rows) + allowance; }
};

/// Plans it as the session's role; runs it, when it reads, in a transaction that is read only and rolled back.
/// Errors: internal with the statement's name and PostgreSQL's message.
Result<Checked> check_plan(cluster::SqlSession& session, const Surroundings& surroundings, const Tenant& tenant,
                           const CatalogueEntry& entry, const std::vector<std::string>& arguments, PlanMode mode);

/// "inbox.list_inbox [sort=newest]".
std::string title_of(const Query& query);
/// Q5, inbox.list_inbox or list_inbox.
bool is_called(const CatalogueEntry& entry, std::string_view name);

}  // namespace salesflow::plans
