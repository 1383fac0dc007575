// Reads on replicas: asked where it is worth it, believed only with what the request must see, left for the primary
// without an error and without a long wait.
#include "platform/core/log.hpp"
#include "platform/postgres/core.hpp"
#include "platform/postgres/errors.hpp"

namespace salesflow::postgres {

using std::chrono::steady_clock;

/// A server that stands still keeps its connections. So an answer that takes longer is waited for only as long as
/// probes on another connection are answered.
Task<void> Core::run_watched(Replica& replica, Request& request, bool& silent) {
  const auto step = replicas_->settings().wait / 2;
  const auto sent = steady_clock::now();
  CoarseTimer::Entry watch([this, &replica, &request, &silent, &watch, step, sent] {
    if (request.end != End::pending)
      return;
    const auto now = steady_clock::now();
    const bool waits_for_place = !request.connection && now - sent >= replicas_->settings().wait;
    if (waits_for_place || replicas_->is_silent(replica, now)) {
      silent = true;
      return replica.reads.withdraw(request);
    }
    replicas_->ask(replica);
    timer_.arm(watch, now + step);
  });
  replica.reads.submit(request);
  if (request.end != End::pending)
    co_return;
  timer_.arm(watch, sent + step);
  co_await request.wait();
}

Task<Replica*> Core::await_replay(const Replicas::Need& need, SteadyTime until) {
  const auto self = shared_from_this();
  Replicas::Reason reason;
  while (steady_clock::now() < until) {
    replicas_->ask_all();
    co_await sleep_until(std::min(until, steady_clock::now() + CoarseTimer::tick));
    if (stopped_)
      co_return nullptr;
    if (Replica* const replica = replicas_->choose(need, false, reason))
      co_return replica;
  }
  co_return nullptr;
}

Task<Core::OnReplica> Core::read_on_replica(RequestContext& context, Request& request) {
  using Reason = Replicas::Reason;
  const auto self = shared_from_this();
  const auto started = steady_clock::now();
  const auto until = std::min(started + replicas_->settings().wait, context.deadline);
  const auto need = replicas_->need_of(context, started);
  Reason reason = need.reason;
  Replica* replica = reason == Reason::none ? replicas_->choose(need, true, reason) : nullptr;
  while (replica) {
    request.prologue = Prologue::replica;
    bool silent = false;
    co_await run_watched(*replica, request, silent);
    if (request.end == End::shut_down)
      co_return OnReplica::gone;
    ++context.round_trips;
    if (request.end == End::done) {
      replicas_->told(*replica, request.lsn);
      // Its connection is of the cluster that the position is of, or positions cannot be compared.
      if (request.cluster == need.cluster && request.lsn != 0 && request.lsn >= need.position()) {
        replicas_->observer().on_replica_read(replica->name);
        co_return OnReplica::answered;
      }
      const bool is_behind = request.cluster == need.cluster && request.lsn != 0, is_promoted = request.lsn == 0;
      reason = !is_behind ? Reason::promoted : request.lsn < need.lag ? Reason::lag : Reason::behind;
      request.reset();
      Reason none_left;
      // Neither: its connections are of another timeline than its probe, and it is not asked again with those.
      replica = is_behind     ? co_await await_replay(need, until)
                : is_promoted ? replicas_->choose(need, false, none_left)
                              : nullptr;
      if (stopped_)
        co_return OnReplica::gone;
      continue;
    }
    reason = silent                         ? Reason::silent
             : request.end == End::lost     ? Reason::lost
             : request.end == End::rejected ? Reason::unfit
                                            : Reason::failed;
    if (request.end == End::failed && !request.stale_statement)
      log::info("replica_refused", {{"replica", replica->name},
                                    {"query", request.statements.front().query->name},
                                    {"what", request.error.log_detail}});
    request.reset();
    break;
  }
  replicas_->observer().on_replica_read("primary");
  replicas_->observer().on_sent_on(to_string(reason));
  co_return OnReplica::primary;
}

}  // namespace salesflow::postgres
