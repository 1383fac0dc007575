// What operators ask the database for.
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::ops {

/// A background job with its last run; of a job that each node runs, one for each node.
struct JobRow {
  std::string_view name;
  std::string_view place;                // database | node: who runs it once
  std::optional<std::string_view> node;  // that leads it, or ran it
  std::optional<std::int64_t> epoch;     // of its lease
  std::optional<TimePoint> lease_expires_at;
  std::optional<TimePoint> started_at, ended_at;  // of the last run
  std::optional<std::string_view> outcome;        // running | done | failed
  std::optional<std::int64_t> runs, rows;         // runs alike that share the row, and what they changed
  std::optional<std::string_view> error;
  std::optional<TimePoint> next_run_at, last_success_at;
  bool is_late = false;
};
BOOST_DESCRIBE_STRUCT(JobRow, (),
                      (name, place, node, epoch, lease_expires_at, started_at, ended_at, outcome, runs, rows, error,
                       next_run_at, last_success_at, is_late))

/// What GET /api/ops/jobs and `salesflow jobs --json` answer.
struct JobsAnswer {
  RowSet<JobRow> jobs;
};
BOOST_DESCRIBE_STRUCT(JobsAnswer, (), (jobs))

/// A reader of changes that leaves its place in the database.
struct Subscriber {
  std::string name;
  std::int64_t place = 0, lag = 0;  // lag: changes that it has not taken
  std::optional<TimePoint> confirmed_at;
};
BOOST_DESCRIBE_STRUCT(Subscriber, (), (name, place, lag, confirmed_at))

/// What GET /api/ops/changes and `salesflow changes --json` answer.
struct ChangesAnswer {
  std::int64_t outbox_rows = 0;           // changes that wait to be put in order
  std::optional<TimePoint> outbox_since;  // when the oldest of them was written
  std::int64_t feed_rows = 0, last_number = 0;
  std::vector<Subscriber> subscribers;
};
BOOST_DESCRIBE_STRUCT(ChangesAnswer, (), (outbox_rows, outbox_since, feed_rows, last_number, subscribers))

/// How changes stand, one for each subscriber, or one without.
struct ChangesRow {
  std::int64_t waiting = 0;
  std::optional<TimePoint> waiting_since;
  std::int64_t feed_rows = 0, last_number = 0;
  std::optional<std::string_view> subscriber;
  std::optional<std::int64_t> place, lag;
  std::optional<TimePoint> confirmed_at;
};
BOOST_DESCRIBE_STRUCT(ChangesRow, (),
                      (waiting, waiting_since, feed_rows, last_number, subscriber, place, lag, confirmed_at))

class Store {
 public:
  virtual ~Store() = default;
  /// By name and node.
  virtual Task<Result<RowSet<JobRow>>> list_jobs(RequestContext& request) = 0;
  /// At least one row.
  virtual Task<Result<RowSet<ChangesRow>>> list_changes(RequestContext& request) = 0;
};

Task<Result<JobsAnswer>> list_jobs(Store& store, RequestContext& request);
Task<Result<ChangesAnswer>> list_changes(Store& store, RequestContext& request);

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::ops
