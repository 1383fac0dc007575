// Where kept figures are brought up to date.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::analytics {

/// Every method is one round trip, of the worker.
class Store {
 public:
  virtual ~Store() = default;
  /// Folds a bounded number of deltas of every roll-up; how many.
  virtual Task<Result<std::int64_t>> fold_rollups(RequestContext& request) = 0;
  /// Computes a bounded number of keys of every summary anew; how many entries of invalidation logs that took.
  virtual Task<Result<std::int64_t>> refresh_summaries(RequestContext& request) = 0;
  /// How many entries invalidation logs hold, each counted to 10,001.
  virtual Task<Result<std::int64_t>> count_invalidations(RequestContext& request) = 0;
  /// Whether a materialized view is wanted and due.
  virtual Task<Result<bool>> is_view_due(RequestContext& request) = 0;
  /// Refreshes the materialized view that is overdue longest; its name. Empty: none is due.
  virtual Task<Result<std::optional<std::string>>> refresh_due_view(RequestContext& request) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& worker_db);

}  // namespace salesflow::analytics
