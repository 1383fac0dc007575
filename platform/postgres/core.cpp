#include "platform/postgres/core.hpp"

#include <charconv>

#include "platform/core/log.hpp"
#include "platform/postgres/errors.hpp"
#include "platform/postgres/made_row.hpp"
#include "platform/postgres/snapshot.hpp"
#include "platform/postgres/statements.hpp"

namespace salesflow::postgres {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr int attempts_max = 4;  // lost connections and stale prepared statements together
constexpr milliseconds resolve_pause{50};
constexpr std::chrono::seconds resolve_limit{10};  // for requests without a deadline

std::string_view text_of(const Cell& cell) {
  return {cell.data, static_cast<std::size_t>(std::max(cell.length, 0))};
}

/// "epoch:xid", as pg_control_checkpoint prints a full transaction id.
std::uint64_t full_xid(std::string_view text) {
  const auto colon = text.find(':');
  std::uint64_t epoch = 0, xid = 0;
  std::from_chars(text.data(), text.data() + std::min(colon, text.size()), epoch);
  if (colon != std::string_view::npos)
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), xid);
  return epoch << 32 | xid;
}

PoolSettings for_snapshots(PoolSettings settings) {
  settings.connections = 0;
  settings.exclusive_connections_max = settings.snapshot_connections_max;
  settings.one_snapshot = true;
  return settings;
}

}  // namespace

Core::Core(asio::io_context& context, CoarseTimer& timer, PoolSettings settings, Observer* observer)
    : context_(context),
      timer_(timer),
      settings_(std::move(settings)),
      snapshot_settings_(for_snapshots(settings_)),
      observer_(observer ? observer : &silent_),
      slow_(dynamic_cast<StatementObserver*>(observer)),
      primary_(context, timer, settings_, settings_.conninfo, *observer_),
      snapshots_(context, timer, snapshot_settings_, settings_.conninfo, *observer_) {
  primary_.start();
  if (settings_.replica_conninfo.empty())
    return;
  replicas_ = std::make_unique<Replicas>(context, timer, settings_, primary_, *observer_);
  replicas_->start();
}

Core::~Core() {
  shut_down();
}

void Core::shut_down() {
  stopped_ = draining_ = true;
  primary_.shut_down();
  snapshots_.shut_down();
  if (replicas_)
    replicas_->shut_down();
}

Task<void> Core::sleep_until(SteadyTime until) {
  OneShot<bool> woken(context_);
  CoarseTimer::Entry entry([&woken] { woken.set(true); });
  timer_.arm(entry, until);
  co_await woken.wait();
}

Task<bool> Core::execute(RequestContext& context, std::span<const BoundQuery> statements, Request& request) {
  const auto started = steady_clock::now();
  const Query* const query = statements.front().query;
  const bool write = std::any_of(statements.begin(), statements.end(),
                                 [](const BoundQuery& bound) { return bound.query->mode == QueryMode::write; });
  for (const BoundQuery& bound : statements)
    context.note(*bound.query);
  request.statements = statements;
  request.user_id = context.identity.user_id;
  request.org_id = context.identity.org_id;
  request.deadline = context.deadline;
  request.learn_lsn = write && replicas_;
  if (draining_) {
    request.error = unavailable("shutting down");
    co_return false;
  }
  observer_->on_in_flight(1);
  bool done = false;
  if (!write && replicas_ && context.read_target == ReadTarget::replica_allowed &&
      context.replica_lag_max.count() > 0) {
    const OnReplica answer = co_await read_on_replica(context, request);
    if (answer == OnReplica::gone) {
      request.error = unavailable("shutting down");
      co_return false;
    }
    done = answer == OnReplica::answered;
  }
  for (int attempt = 0; !done && attempt < attempts_max; ++attempt) {
    if (attempt > 0)
      request.reset();
    request.prologue = write ? Prologue::write : Prologue::read;
    primary_.submit(request);
    if (request.end == End::pending)
      co_await request.wait();
    if (request.end == End::shut_down) {
      request.error = write && request.was_sent ? outcome_unknown(query, "shutting down", made_row(statements))
                                                : unavailable("shutting down");
      co_return false;  // this object is gone
    }
    ++context.round_trips;
    if (request.end == End::done) {
      done = true;
    } else if (request.end == End::failed) {
      if (!request.stale_statement) {
        if (!co_await name_refused(request))
          co_return false;
        if (draining_ && request.error.code == Errc::deadline_exceeded)
          request.error = unavailable("cancelled: shutting down");
        break;
      }
    } else if (request.end == End::lost) {
      const Next next = co_await after_loss(request, write, attempt, query, context);
      done = next == Next::succeed;
      if (next == Next::give_up)
        break;
    } else {
      if (request.end == End::expired) {
        request.error = write && request.was_sent
                            ? outcome_unknown(query, "its deadline passed while it ran", made_row(statements))
                            : deadline_exceeded(query, request.was_sent ? "while it ran" : "in the queue");
      }
      break;
    }
  }
  const auto took = std::chrono::duration_cast<microseconds>(steady_clock::now() - started);
  observer_->on_in_flight(-1);
  context.db_time += took;
  context.pool_wait += request.waited;
  if (done)
    account(context, request, write);
  observer_->on_query(*query, took, done ? static_cast<std::uint64_t>(request.results.front()->row_count()) : 0,
                      done ? nullptr : &request.error);
  tell_slow(context, request, statements, took, done);
  co_return done;
}

void Core::tell_slow(const RequestContext& context, const Request& request, std::span<const BoundQuery> statements,
                     microseconds took, bool done) {
  if (took < StatementObserver::told_from || !slow_ || statements.empty())
    return;
  StatementReport report{statements, took, request.waited, 0, done ? nullptr : &request.error};
  if (done) {
    for (const auto& result : request.results)
      report.rows += static_cast<std::uint64_t>(result->row_count());
  }
  slow_->on_statements(context, report);
}

Task<bool> Core::name_refused(Request& request) {
  const auto of_query = [&](const BoundQuery& bound) { return bound.query == request.refusal.query; };
  const auto sent = std::find_if(request.statements.begin(), request.statements.end(), of_query);
  if (!request.refusal.query || sent == request.statements.end() || stopped_)
    co_return true;
  const BoundQuery question(&sql::learn_refused_columns, refused_columns_params(request.refusal));
  Request asked;
  asked.statements = {&question, 1};
  asked.deadline = std::min(request.deadline, steady_clock::now() + sql::learn_refused_columns.timeout);
  primary_.submit(asked);
  if (asked.end == End::pending)
    co_await asked.wait();
  if (asked.end != End::done)
    co_return asked.end != End::shut_down;
  std::vector<std::string> columns;
  for (int i = 0; i < asked.results[0]->row_count(); ++i)
    columns.emplace_back(text_of(asked.results[0]->cell(i, 0)));
  name_fields(request.error, request.refusal, *sent, std::move(columns));
  co_return true;
}

Task<Result<ResultPtr>> Core::describe(RequestContext& context, const Query& query) {
  const BoundQuery bound(&query, Params{});
  Request request;
  request.describe_only = true;
  request.statements = {&bound, 1};
  request.deadline = context.deadline;
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    if (attempt > 0)
      request.reset();
    primary_.submit(request);
    if (request.end == End::pending)
      co_await request.wait();
    if (request.end == End::done) {
      auto columns = std::make_shared<ResultSet>();
      columns->describe(std::move(request.described));
      co_return ResultPtr(std::move(columns));
    }
    if (request.end == End::shut_down)
      co_return unavailable("shutting down");
    if (request.end == End::expired)
      co_return deadline_exceeded(&query, "before it was sent");
    if (request.end != End::lost)
      co_return std::move(request.error);
  }
  co_return unavailable("the connection broke again and again");
}

void Core::account(RequestContext& context, const Request& request, bool write) {
  context.statements += static_cast<std::uint32_t>(request.statements.size());
  for (const auto& result : request.results)
    context.rows += static_cast<std::uint32_t>(result->row_count());
  if (context.snapshot.empty()) {
    context.snapshot = request.prologue == Prologue::replica ? standby_snapshot(request.snapshot) : request.snapshot;
  }
  if (write)
    context.written.push_back({request.cluster, request.xid, request.lsn});
}

Task<Core::Next> Core::after_loss(Request& request, bool write, int attempt, const Query* query,
                                  RequestContext& context) {
  // What did not run can run elsewhere: a write once if it may be what broke the server, else as often as we try. A
  // read changes nothing. A write did not run when it was never sent, or when all the server said arrived and
  // begin_request's answer, flushed before the statements, is not in it.
  bool did_not_run = !write || !request.was_sent || (request.stream_complete && !request.begun);
  if (!did_not_run) {
    const auto made = made_row(request.statements);
    if (request.xid == 0) {
      request.error = outcome_unknown(query, "the connection broke before the transaction's id was known", made);
      co_return Next::give_up;
    }
    const auto limit = context.deadline == SteadyTime::max() ? steady_clock::now() + resolve_limit
                                                             : context.deadline + settings_.write_grace;
    const Outcome outcome = co_await resolve(request.xid, request.cluster, request.stats_epoch, limit);
    log::info("postgres_lost_commit", {{"query", query->name},
                                       {"xid", request.xid},
                                       {"outcome", outcome == Outcome::committed ? "committed"
                                                   : outcome == Outcome::aborted ? "aborted"
                                                                                 : "unknown"}});
    if (outcome == Outcome::committed) {
      if (request.results.size() == request.statements.size())
        co_return Next::succeed;
      context.written.push_back({request.cluster, request.xid, 0});
      request.error = outcome_unknown(query, "committed, but its answer was lost", made);
      request.error.public_detail = "The change was saved, but its answer was lost; read it again";
      co_return Next::give_up;
    }
    if (outcome == Outcome::unknown) {
      request.error = outcome_unknown(query, "the connection broke and the commit could not be asked for", made);
      co_return Next::give_up;
    }
    did_not_run = true;
  }
  if (attempt == 0 || ((!write || !request.was_in_front) && attempt + 1 < attempts_max))
    co_return Next::repeat;
  request.error = unavailable("the connection broke again and again");
  co_return Next::give_up;
}

Task<Core::Outcome> Core::resolve(std::uint64_t xid, std::uint64_t cluster, std::int64_t stats_epoch,
                                  SteadyTime limit) {
  const auto self = shared_from_this();
  for (;; co_await sleep_until(steady_clock::now() + resolve_pause)) {
    const auto now = steady_clock::now();
    if (now >= limit || stopped_)
      co_return Outcome::unknown;
    Request request;
    BoundQuery question{&sql::learn_outcome, Params{}};
    question.params.add(std::to_string(xid));
    request.statements = {&question, 1};
    request.deadline = std::min(limit, now + sql::learn_outcome.timeout);
    primary_.submit(request);
    if (request.end == End::pending)
      co_await request.wait();
    if (request.end == End::failed) {
      log::warn("postgres_outcome_failed", {{"what", request.error.log_detail}});
      continue;
    }
    if (request.end != End::done)
      continue;
    const ResultSet& result = *request.results[0];
    const Cell status = result.cell(0, 0), recovery = result.cell(0, 2), epoch = result.cell(0, 4);
    if (recovery.length != 1 || *recovery.data != 0 || epoch.length != 8 || request.cluster != cluster)
      co_return Outcome::unknown;  // another server took over
    // After a crash, ids that never reached the WAL are given out again: what pg_xact_status says of them is about
    // somebody else. Recovery ends with a checkpoint, whose next id is the first such one.
    const bool crashed = load<std::int64_t>(epoch.data) != stats_epoch;
    if (crashed && xid >= full_xid(text_of(result.cell(0, 1))))
      co_return Outcome::aborted;
    if (text_of(status) == "committed")
      co_return Outcome::committed;
    if (text_of(status) == "aborted")
      co_return Outcome::aborted;
    if (status.is_null())
      co_return Outcome::unknown;
    // In progress: the server has not noticed yet that its client is gone.
  }
}

}  // namespace salesflow::postgres
