// Replicas: the streaming standbys that may answer reads, how far behind each is, and which is asked next.
//
// A read goes to a standby when its request allows it (ReadTarget::replica_allowed and replica_lag_max > 0). The
// standby must be up, in recovery, of the primary's cluster (system identifier and timeline), and answer its probes.
//
// Lag. Each probe_interval the primary is asked for its flushed WAL position P at an instant t, and half an interval
// later each standby for what it has replayed. A standby with P replayed has all that was committed before t; so its
// lag is the time since the latest t whose P it has replayed. One that has replayed all that is known of the primary
// lags 0, however long nothing was written. What is not known ages with the clock: without an answer of the standby or
// of the primary the lag grows, and before the first it is infinite.
//
// What a read needs is a position: the last of the client's stamps (seen and written, of this cluster), and the first P
// that was asked for after now - replica_lag_max. Both are compared with pg_last_wal_replay_lsn() as begin_request told
// it in front of the data, in the same Sync: an answer is never older than asked for, whatever the probes said. A stamp
// whose LSN is not known can only be found on the primary. With synchronous_commit off a commit is visible on the
// primary before it is flushed: up to three wal_writer_delay more.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/postgres/pool.hpp"
#include "platform/postgres/replica_observer.hpp"
#include "platform/postgres/replica_settings.hpp"
#include "platform/postgres/wal_clock.hpp"

namespace salesflow::postgres {

/// One standby as this thread sees it.
struct Replica {
  Replica(asio::io_context& context, CoarseTimer& timer, const PoolSettings& read_settings,
          const PoolSettings& probe_settings, const std::string& conninfo, Observer& observer);

  const std::string name;  // host:port
  Pool reads, probes;

  // What the last answered probe told, and answers since.
  std::uint64_t cluster = 0;  // 0: no answer yet
  bool is_standby = false;
  std::uint64_t replayed = 0;
  std::chrono::microseconds lag = std::chrono::microseconds::max();  // when the probe was sent

  bool is_asked = false;  // a probe is on its way
  bool missed = false;    // the last one was not answered
  SteadyTime asked_at{};
  std::string unfit;  // why it is not asked; "" when it may be
};

class Replicas {
 public:
  /// `primary` tells how far there is to go. `observer` is told as a ReplicaObserver when it is one.
  Replicas(asio::io_context& context, CoarseTimer& timer, const PoolSettings& settings, Pool& primary,
           Observer& observer);
  ~Replicas();

  void start();
  void shut_down();
  void cancel_running();
  bool is_idle() const;

  /// Why a read goes on to the primary: a metric's label.
  enum class Reason : std::uint8_t {
    none,
    unfit,     // no standby is up, ours and answering
    lag,       // none is as fresh as the request wants
    behind,    // none has replayed the client's own writes in time
    no_lsn,    // a stamp without a position
    silent,    // it did not answer, and nor did a probe
    failed,    // it refused the statement (a conflict with recovery, a table that is not there yet)
    lost,      // its connection broke
    promoted,  // it answered that it is a standby no more
  };

  /// What an answer to this request must contain, as a position; of one cluster.
  struct Need {
    Reason reason = Reason::none;  // none: a standby may be asked
    std::uint64_t cluster = 0;
    std::uint64_t lag = 0, stamps = 0;
    std::uint64_t position() const { return std::max(lag, stamps); }
  };
  Need need_of(const RequestContext& context, SteadyTime now) const;

  /// The standby to ask: the least lagging of those known to have what is needed, equal ones in turns. Without such a
  /// one, and when `may_catch_up`, the least lagging of those that may have it by now: the answer will tell. Null:
  /// none, and `reason` says why.
  Replica* choose(const Need& need, bool may_catch_up, Reason& reason);

  /// Asks it how far it is, when it is not asked already.
  void ask(Replica& replica);
  void ask_all();
  /// A probe has been on its way for half of replica_wait or more.
  bool is_silent(const Replica& replica, SteadyTime now) const;
  /// What begin_request told on the way: 0 when it is a standby no more.
  void told(Replica& replica, std::uint64_t replayed);

  /// max(): not known.
  std::chrono::microseconds lag_of(const Replica& replica, SteadyTime now) const;
  const ReplicaSettings& settings() const { return settings_; }
  ReplicaObserver& observer() { return *observer_; }

 private:
  void tick();
  Task<void> ask_primary(std::shared_ptr<bool> alive);
  Task<void> ask_replica(Replica& replica, std::shared_ptr<bool> alive);
  void take(Replica& replica, const Request& request);
  std::string_view why_unfit(const Replica& replica, SteadyTime now) const;
  void look_at(Replica& replica);

  asio::io_context& context_;
  CoarseTimer& timer_;
  const ReplicaSettings settings_;
  const PoolSettings read_settings_, probe_settings_;
  Pool& primary_;
  ReplicaObserver silent_;
  ReplicaObserver* const observer_;
  std::vector<std::unique_ptr<Replica>> replicas_;
  WalClock clock_;
  std::uint64_t clock_cluster_ = 0;  // whose positions they are
  bool primary_is_asked_ = false;
  bool is_primarys_turn_ = true;
  std::size_t turn_ = 0;
  CoarseTimer::Entry tick_;
  bool stopped_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

std::string_view to_string(Replicas::Reason reason) noexcept;

}  // namespace salesflow::postgres
