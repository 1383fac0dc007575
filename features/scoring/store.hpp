// Where scores are kept. One implementation over PostgreSQL (store_pg.cpp), one in memory in the tests.
#pragma once

#include <memory>

#include "features/scoring/scoring.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::scoring {

enum class Subject { lead, contact };

/// Every method is one statement and one round trip. An empty OneRow means: no such row for this user.
class Store {
 public:
  virtual ~Store() = default;
  /// Computes and writes; windows end at `at`.
  virtual Task<Result<OneRow<ScoreRow>>> score_lead(RequestContext& request, Uuid lead_id, TimePoint at) = 0;
  /// Leads never scored, then those looked at longest ago and before `before`. Leaves out what others hold at this
  /// moment, and never waits for them.
  virtual Task<Result<OneRow<BatchRow>>> recalc_scores(RequestContext& request, TimePoint at, TimePoint before,
                                                       std::int64_t limit_rows) = 0;
  virtual Task<Result<OneRow<SituationRow>>> read_next_action(RequestContext& request, Subject subject, Uuid id,
                                                              TimePoint at) = 0;
  virtual Task<Result<RowSet<SituationRow>>> list_next_actions(RequestContext& request, TimePoint at,
                                                               std::int64_t limit_rows) = 0;
  virtual Task<Result<OneRow<LeadScoreRow>>> read_lead_score(RequestContext& request, Uuid lead_id) = 0;
  virtual Task<Result<std::int64_t>> count_leads(RequestContext& request) = 0;
  /// All users with leads; as salesflow_worker only.
  virtual Task<Result<RowSet<OwnerRow>>> list_lead_owners(RequestContext& request) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::scoring
