#include "platform/postgres/replicas.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/core/log.hpp"
#include "platform/core/mutant.hpp"
#include "platform/postgres/codec.hpp"
#include "platform/postgres/statements.hpp"

namespace salesflow::postgres {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds equal_within{5};
constexpr microseconds unknown_lag = microseconds::max();

PoolSettings for_reads(PoolSettings settings) {
  settings.exclusive_connections_max = 0;
  return settings;
}

PoolSettings for_probes(PoolSettings settings) {
  settings.connections = 1;
  settings.exclusive_connections_max = 0;
  return settings;
}

}  // namespace

std::string_view to_string(Replicas::Reason reason) noexcept {
  using Reason = Replicas::Reason;
  switch (reason) {
    case Reason::none:
      return "none";
    case Reason::unfit:
      return "unfit";
    case Reason::lag:
      return "lag";
    case Reason::behind:
      return "behind";
    case Reason::no_lsn:
      return "no_lsn";
    case Reason::silent:
      return "silent";
    case Reason::failed:
      return "failed";
    case Reason::lost:
      return "lost";
    case Reason::promoted:
      return "promoted";
  }
  return "none";
}

Replica::Replica(asio::io_context& context, CoarseTimer& timer, const PoolSettings& read_settings,
                 const PoolSettings& probe_settings, const std::string& conninfo, Observer& observer)
    : name(server_name(conninfo)),
      reads(context, timer, read_settings, conninfo, observer),
      probes(context, timer, probe_settings, conninfo, observer) {}

Replicas::Replicas(asio::io_context& context, CoarseTimer& timer, const PoolSettings& settings, Pool& primary,
                   Observer& observer)
    : context_(context),
      timer_(timer),
      settings_(settings.replicas),
      read_settings_(for_reads(settings)),
      probe_settings_(for_probes(settings)),
      primary_(primary),
      observer_(dynamic_cast<ReplicaObserver*>(&observer) ? dynamic_cast<ReplicaObserver*>(&observer) : &silent_),
      tick_([this] { tick(); }) {
  for (const std::string& conninfo : split_conninfos(settings.replica_conninfo)) {
    replicas_.push_back(std::make_unique<Replica>(context, timer, read_settings_, probe_settings_, conninfo, observer));
  }
}

Replicas::~Replicas() {
  shut_down();
  *alive_ = false;
}

void Replicas::start() {
  for (const auto& replica : replicas_) {
    replica->reads.start();
    replica->probes.start();
  }
  tick();
}

void Replicas::shut_down() {
  stopped_ = true;
  tick_.disarm();
  for (const auto& replica : replicas_) {
    replica->reads.shut_down();
    replica->probes.shut_down();
  }
}

void Replicas::cancel_running() {
  for (const auto& replica : replicas_)
    replica->reads.cancel_running();
}

bool Replicas::is_idle() const {
  return std::all_of(replicas_.begin(), replicas_.end(), [](const auto& replica) { return replica->reads.is_idle(); });
}

/// The primary and the standbys in turns, so that what the primary was at has had time to arrive.
void Replicas::tick() {
  if (stopped_)
    return;
  const auto now = steady_clock::now();
  timer_.arm(tick_, now + settings_.probe_interval / 2);
  if (std::exchange(is_primarys_turn_, !is_primarys_turn_)) {
    if (!primary_is_asked_)
      asio::co_spawn(context_, ask_primary(alive_), asio::detached);
    return;
  }
  for (const auto& replica : replicas_) {
    if (!replica->is_asked)
      continue;  // its answer is told when it comes
    look_at(*replica);
    observer_->on_replica_lag(replica->name, lag_of(*replica, now));
  }
  ask_all();
}

Task<void> Replicas::ask_primary(std::shared_ptr<bool> alive) {
  if (!*alive || stopped_)
    co_return;
  primary_is_asked_ = true;
  Request request;
  const BoundQuery question{&sql::learn_position, Params{}};
  request.statements = {&question, 1};
  const auto asked = steady_clock::now();
  request.deadline = asked + sql::learn_position.timeout;
  primary_.submit(request);
  if (request.end == End::pending)
    co_await request.wait();
  if (!*alive || request.end == End::shut_down)
    co_return;
  primary_is_asked_ = false;
  if (request.end != End::done)
    co_return;  // then nothing is known of what is written since
  const Cell position = request.results[0]->cell(0, 0);
  if (position.length != 8)
    co_return;
  if (request.cluster != clock_cluster_)
    clock_.clear();
  clock_cluster_ = request.cluster;
  clock_.note(asked, load<std::uint64_t>(position.data));
}

void Replicas::ask(Replica& replica) {
  if (replica.is_asked || stopped_)
    return;
  replica.is_asked = true;
  replica.asked_at = steady_clock::now();
  asio::co_spawn(context_, ask_replica(replica, alive_), asio::detached);
}

void Replicas::ask_all() {
  for (const auto& replica : replicas_)
    ask(*replica);
}

Task<void> Replicas::ask_replica(Replica& replica, std::shared_ptr<bool> alive) {
  if (!*alive || stopped_)
    co_return;
  Request request;
  const BoundQuery question{&sql::learn_replay, Params{}};
  request.statements = {&question, 1};
  request.deadline = replica.asked_at + sql::learn_replay.timeout;
  replica.probes.submit(request);
  if (request.end == End::pending)
    co_await request.wait();
  if (!*alive || request.end == End::shut_down)
    co_return;
  replica.is_asked = false;
  replica.missed = request.end != End::done;
  if (!replica.missed)
    take(replica, request);
  look_at(replica);
  observer_->on_replica_lag(replica.name, lag_of(replica, steady_clock::now()));
}

void Replicas::take(Replica& replica, const Request& request) {
  const ResultSet& result = *request.results[0];
  const Cell recovery = result.cell(0, 0), replayed = result.cell(0, 1), system = result.cell(0, 2),
             timeline = result.cell(0, 3);
  replica.is_standby = recovery.length == 1 && *recovery.data != 0 && replayed.length == 8;
  if (!replica.is_standby || system.length != 8 || timeline.length != 4)
    return;
  const auto cluster = cluster_of(load<std::int64_t>(system.data), load<std::int32_t>(timeline.data));
  if (replica.reads.is_up() && replica.reads.identity().cluster != cluster)
    replica.reads.renew();  // it went over to another timeline: its connections learn anew whose standby they ask
  if (cluster != replica.cluster)
    replica.replayed = 0;
  replica.cluster = cluster;
  replica.replayed = load<std::uint64_t>(replayed.data);
  const auto reached = clock_.reached(replica.replayed);
  replica.lag = !reached ? unknown_lag
                : replica.replayed >= clock_.latest()
                    ? microseconds(0)
                    : std::chrono::duration_cast<microseconds>(replica.asked_at - std::min(*reached, replica.asked_at));
}

void Replicas::told(Replica& replica, std::uint64_t replayed) {
  if (replayed == 0) {
    replica.is_standby = false;
    return look_at(replica);
  }
  replica.replayed = std::max(replica.replayed, replayed);
}

bool Replicas::is_silent(const Replica& replica, SteadyTime now) const {
  return replica.missed || (replica.is_asked && now - replica.asked_at >= settings_.wait / 2);
}

std::string_view Replicas::why_unfit(const Replica& replica, SteadyTime now) const {
  if (!replica.reads.is_up())
    return "no connection";
  if (replica.missed || (replica.is_asked && now - replica.asked_at > settings_.wait))
    return "no answer";
  if (replica.cluster == 0 && !replica.is_standby)
    return "not asked yet, or no standby";
  if (!replica.is_standby)
    return "no standby";
  if (primary_.identity().cluster == 0 || clock_cluster_ != primary_.identity().cluster)
    return "the primary is not known yet";
  if (replica.cluster != clock_cluster_ || replica.reads.identity().cluster != clock_cluster_)
    return "a standby of another server or timeline";
  return {};
}

/// Tells operators what changed.
void Replicas::look_at(Replica& replica) {
  const auto why = why_unfit(replica, steady_clock::now());
  if (why == replica.unfit)
    return;
  if (why.empty()) {
    log::info("replica_in_use", {{"replica", replica.name}});
  } else if (replica.unfit.empty()) {
    log::warn("replica_not_in_use", {{"replica", replica.name}, {"why", why}});
  }
  replica.unfit = why;
}

microseconds Replicas::lag_of(const Replica& replica, SteadyTime now) const {
  const auto reached = clock_.reached(replica.replayed);
  if (!reached || !replica.is_standby || replica.cluster != clock_cluster_)
    return unknown_lag;
  const bool is_fresh = !replica.missed && now - replica.asked_at <= 2 * settings_.probe_interval;
  if (is_fresh && replica.replayed >= clock_.latest())
    return microseconds(0);
  return std::chrono::duration_cast<microseconds>(now - std::min(*reached, now));
}

Replicas::Need Replicas::need_of(const RequestContext& context, SteadyTime now) const {
  Need need;
  need.cluster = clock_cluster_;
  for (const auto* stamps : {&context.seen, &context.written}) {
    for (const Stamp& stamp : *stamps) {
      if (stamp.cluster != need.cluster || is_mutant("replica_ignores_stamp"))
        continue;
      if (stamp.lsn == 0)
        need.reason = Reason::no_lsn;
      need.stamps = std::max(need.stamps, end_of_wal(stamp.lsn));
    }
  }
  const auto behind = clock_.position_after(now - context.replica_lag_max);
  if (behind) {
    need.lag = *behind;
  } else if (need.reason == Reason::none) {
    need.reason = clock_cluster_ == 0 ? Reason::unfit : Reason::lag;  // how far the primary is, is not known
  }
  return need;
}

Replica* Replicas::choose(const Need& need, bool may_catch_up, Reason& reason) {
  const auto now = steady_clock::now();
  // What came since the last probe is not counted: a standby that was at the end then is taken to be so still.
  const auto soon = settings_.probe_interval + settings_.wait;
  std::vector<Replica*> ready, close;
  reason = Reason::unfit;
  for (const auto& replica : replicas_) {
    if (replica->cluster != need.cluster || !why_unfit(*replica, now).empty())
      continue;
    reason = replica->replayed < need.lag ? Reason::lag : Reason::behind;
    if (replica->replayed >= need.position()) {
      ready.push_back(replica.get());
    } else if (may_catch_up && replica->lag <= soon) {
      close.push_back(replica.get());
    }
  }
  std::vector<Replica*>& from = ready.empty() ? close : ready;
  if (from.empty())
    return nullptr;
  const auto by_lag = [](const Replica* a, const Replica* b) { return a->lag < b->lag; };
  const auto least = (*std::min_element(from.begin(), from.end(), by_lag))->lag;
  std::erase_if(from,
                [&](const Replica* replica) { return replica->lag > least && replica->lag - least > equal_within; });
  return from[turn_++ % from.size()];
}

}  // namespace salesflow::postgres
