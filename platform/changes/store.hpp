// Where changes are: the outbox that writers fill, the feed that has an order, and who reads it.
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/changes/open_ids.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::changes {

/// One statement's changes of one topic (a table's name) and pair of tenants.
struct ChangeRow {
  std::int64_t number = 0;               // its place in the feed; a later commit has a higher one, some are missing
  std::string_view topic, operation;     // operation: insert | update | delete | truncate
  std::optional<Uuid> user_id, org_id;   // whose rows; neither: everybody's (a truncate, a shared template) or nobody's
  std::optional<std::vector<Uuid>> ids;  // which rows, up to 50; none: many
  TimePoint written_at{};                // when its transaction began
  std::optional<std::int64_t> xid;       // of it, the low 32 bits; of the savepoint that it wrote in
};
BOOST_DESCRIBE_STRUCT(ChangeRow, (), (number, topic, operation, user_id, org_id, ids, written_at, xid))

/// What read() answers.
struct Batch {
  RowSet<ChangeRow> changes;
  std::int64_t place = 0;  // to go on from
  bool missed = false;     // what came right behind the old place is gone: whatever was kept by it is to be made anew
};

/// What the mover sees of outbox and feed.
struct OutboxLook {
  std::string_view snapshot;
  std::int64_t last_id = 0;                                     // given out so far
  bool is_waiting = false;                                      // some row from the asked id on is visible
  std::optional<std::int64_t> number, outbox_low, outbox_head;  // of the newest change
};
BOOST_DESCRIBE_STRUCT(OutboxLook, (), (snapshot, last_id, is_waiting, number, outbox_low, outbox_head))

struct MovedRow {
  std::string_view snapshot;
  std::optional<std::int64_t> number;          // of the last change that was moved
  std::optional<std::int64_t> from_id, to_id;  // a run of ids that were
};
BOOST_DESCRIBE_STRUCT(MovedRow, (), (snapshot, number, from_id, to_id))

struct FeedState {
  std::int64_t waiting = 0;  // rows in the outbox
  std::optional<TimePoint> waiting_since;
  std::int64_t feed_rows = 0, last_number = 0;
  std::optional<std::string_view> subscriber;
  std::optional<std::int64_t> place, lag;
  std::optional<TimePoint> confirmed_at;
};
BOOST_DESCRIBE_STRUCT(FeedState, (),
                      (waiting, waiting_since, feed_rows, last_number, subscriber, place, lag, confirmed_at))

struct Deleted {
  std::int64_t deleted = 0;
  bool more = false;
};
BOOST_DESCRIBE_STRUCT(Deleted, (), (deleted, more))

inline constexpr int moved_at_once = 5'000;  // as in move_changes.sql

/// Every method is one round trip, of the worker. Nobody else may read what others changed.
class Store {
 public:
  virtual ~Store() = default;

  // For readers. A reader asks for what is behind its place, every few moments: an empty answer costs three pages. It
  // keeps its place itself (find_end() is where a new one begins) or leaves it here under a name. Each change comes at
  // least once.

  virtual Task<Result<std::int64_t>> find_end(RequestContext& request) = 0;
  /// Up to `rows_max` changes behind `place`. 0 is before everything that is kept.
  virtual Task<Result<Batch>> read(RequestContext& request, std::int64_t place, int rows_max) = 0;
  /// Makes a subscriber at the end of the feed, or finds it: its place. What it has not confirmed is kept. It is given
  /// up when it is behind and has confirmed nothing for a week, or is 10 million changes behind.
  virtual Task<Result<std::int64_t>> subscribe(RequestContext& request, std::string name) = 0;
  /// All up to `place` are done with; in request.transaction when there is one. Not more often than about once a
  /// second: each time leaves a dead row behind. Errors: not_found when the subscriber was given up.
  virtual Task<Result<void>> confirm(RequestContext& request, std::string name, std::int64_t place) = 0;

  // For the jobs of this room.

  virtual Task<Result<OneRow<OutboxLook>>> look(RequestContext& request, std::int64_t from_id) = 0;
  virtual Task<Result<RowSet<MovedRow>>> move(RequestContext& request, std::vector<IdRange> ids, std::int64_t low,
                                              std::int64_t head) = 0;
  virtual Task<Result<void>> give_up_subscribers(RequestContext& request) = 0;
  virtual Task<Result<Deleted>> delete_changes(RequestContext& request, std::int64_t keep_rows,
                                               std::chrono::seconds keep) = 0;
  /// At least one row.
  virtual Task<Result<RowSet<FeedState>>> list_changes(RequestContext& request) = 0;
};

/// Over a database that logs in as salesflow_worker.
std::unique_ptr<Store> make_pg_store(postgres::Database& worker_db);

}  // namespace salesflow::changes
