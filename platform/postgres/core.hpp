// Core: what a Database, its transactions and its listener share: the pools, and how a request is carried to its end
// whatever happens to connections.
#pragma once

#include <memory>
#include <unordered_set>

#include "platform/postgres/pool.hpp"
#include "platform/postgres/replicas.hpp"
#include "platform/postgres/statement_observer.hpp"

namespace salesflow::postgres {

class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::io_context& context, CoarseTimer& timer, PoolSettings settings, Observer* observer);
  ~Core();

  /// Sends the statements as one Sync on behalf of `context` and waits for the end; repeats what is safe to repeat.
  /// True: request.results hold one result a statement. False: request.error says why.
  Task<bool> execute(RequestContext& context, std::span<const BoundQuery> statements, Request& request);

  /// The columns that a statement answers, without running it; one round trip.
  /// Errors: the server's of Parse, unavailable, deadline_exceeded; nothing was done in any case.
  Task<Result<ResultPtr>> describe(RequestContext& context, const Query& query);

  /// Names the fields of a value that was refused without a name (refusal.hpp); best effort, one round trip more.
  /// False: this object is gone.
  Task<bool> name_refused(Request& request);

  enum class Outcome { committed, aborted, unknown };
  /// Asks what became of a transaction whose connection was lost, until it is known or `limit` passes.
  Task<Outcome> resolve(std::uint64_t xid, std::uint64_t cluster, std::int64_t stats_epoch, SteadyTime limit);

  Task<void> sleep_until(SteadyTime until);
  void shut_down();

  asio::io_context& context() { return context_; }
  CoarseTimer& timer() { return timer_; }
  const PoolSettings& settings() const { return settings_; }
  Observer& observer() { return *observer_; }
  /// Tells the slow log of a round trip that ended, when it took long.
  void tell_slow(const RequestContext& context, const Request& request, std::span<const BoundQuery> statements,
                 std::chrono::microseconds took, bool done);
  Pool& primary() { return primary_; }
  /// Null without one.
  Replicas* replicas() { return replicas_.get(); }
  /// Exclusive connections only, whose transactions see one snapshot.
  Pool& snapshots() { return snapshots_; }
  bool is_draining() const { return draining_; }
  void start_draining() { draining_ = true; }
  bool is_stopped() const { return stopped_; }

  /// Writes whose columns were seen to fit the row that reads their answer.
  std::unordered_set<const Query*> checked_writes;

 private:
  enum class Next { repeat, succeed, give_up };
  Task<Next> after_loss(Request& request, bool write, int attempt, const Query* query, RequestContext& context);
  enum class OnReplica { answered, primary, gone };
  /// A read on a replica, which ends it or leaves it, reset, to the primary: within replica_wait and the timer's ticks
  /// for a replica that does not answer or is behind; a replica's own answer takes as long as it takes.
  Task<OnReplica> read_on_replica(RequestContext& context, Request& request);
  Task<void> run_watched(Replica& replica, Request& request, bool& silent);
  /// Waits until a replica has what is needed, `until` at most. Null: none, or this object is gone.
  Task<Replica*> await_replay(const Replicas::Need& need, SteadyTime until);
  void account(RequestContext& context, const Request& request, bool write);

  asio::io_context& context_;
  CoarseTimer& timer_;
  const PoolSettings settings_;
  const PoolSettings snapshot_settings_;
  Observer silent_;
  Observer* const observer_;
  StatementObserver* const slow_;  // null: nobody wants to know
  Pool primary_;
  Pool snapshots_;
  std::unique_ptr<Replicas> replicas_;
  bool draining_ = false, stopped_ = false;
};

}  // namespace salesflow::postgres
