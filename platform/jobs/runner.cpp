#include "platform/jobs/runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <stdexcept>

#include "platform/core/log.hpp"

namespace salesflow::jobs {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds takeover_extra{3'000};  // for a backend that takes its time to end
constexpr milliseconds frequent_below{5'000};  // more frequent jobs share rows of the history
constexpr auto complain_every = std::chrono::minutes(1);

std::int64_t seconds_of(TimePoint at) {
  return duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace

std::string make_node_name() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0)
    host[0] = '?';
  return std::string(host) + ":" + std::to_string(::getpid()) + ":" + random_hex(8);
}

struct Runner::State {
  State(asio::io_context& context, Job declared, telemetry::Registry& metrics)
      : job(std::move(declared)),
        route("job." + job.name),
        wake(context),
        seconds(
            metrics.histogram("salesflow_job_seconds", "Time that runs of background jobs took", {{"job", job.name}})),
        rows(metrics.counter("salesflow_job_rows_total", "Rows that background jobs changed", {{"job", job.name}})),
        failures(metrics.counter("salesflow_job_failures_total", "Runs of background jobs that failed",
                                 {{"job", job.name}})),
        last_success(metrics.gauge("salesflow_job_last_success_timestamp_seconds",
                                   "When the job last succeeded, on this node or the one that leads it",
                                   {{"job", job.name}})) {}

  bool is_led() const { return job.place == Place::once_per_database; }
  bool may_run() const { return !is_led() || leads; }
  bool is_frequent() const { return job.interval < frequent_below; }

  const Job job;
  const std::string route;
  asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, Executor> wake;
  telemetry::Histogram& seconds;
  telemetry::Counter& rows;
  telemetry::Counter& failures;
  telemetry::Gauge& last_success;

  std::int64_t epoch = 0;  // as last seen; the own one while it leads
  bool leads = false;
  SteadyTime due{};
  bool failing = false;
  SteadyTime complained_at{};
  std::optional<RunRecord> summary;  // of a frequent job: what is not written down yet
  SteadyTime summary_due{};
};

Runner::Runner(asio::io_context& context, std::vector<Job> jobs, Store* store, telemetry::Registry& metrics,
               RunnerSettings settings)
    : context_(context),
      store_(store),
      settings_(std::move(settings)),
      beat_(context),
      random_(std::random_device{}()) {
  for (Job& job : jobs) {
    if (job.place == Place::once_per_database) {
      if (!store_)
        throw std::logic_error("the job " + job.name + " needs a lease, and there is no store");
      led_.push_back(job);
    }
    auto state = std::make_unique<State>(context, std::move(job), metrics);
    const auto read_late = [&last = state->last_success, begun = settings_.now(), now = settings_.now,
                            patience = late_after(state->job)] {
      const std::int64_t since = std::max(last.value(), seconds_of(begun));
      return seconds_of(now()) - since > duration_cast<std::chrono::seconds>(patience).count() ? 1.0 : 0.0;
    };
    metrics.gauge_callback("salesflow_job_late", "1 when the job last succeeded too long ago",
                           {{"job", state->job.name}}, read_late);
    states_.push_back(std::move(state));
  }
}

Runner::~Runner() = default;

template <class Loop>
void Runner::spawn(Loop loop) {
  ++running_;
  asio::co_spawn(context_, std::move(loop), [this](std::exception_ptr bug) {
    --running_;
    if (bug)
      std::rethrow_exception(bug);  // ends the process: a bug, see WorkerThreads
  });
}

void Runner::start() {
  if (!led_.empty())
    spawn(beat());
  for (auto& state : states_)
    spawn(loop(*state));
}

Task<void> Runner::stop(SteadyTime deadline) {
  stopped_ = true;
  beat_.cancel();
  for (auto& state : states_)
    state->wake.cancel();
  asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, Executor> pause(context_);
  while (running_ > 0 && steady_clock::now() < deadline) {
    pause.expires_after(5ms);
    co_await pause.async_wait(use_task);
  }
  if (!store_)
    co_return;
  for (auto& state : states_)
    co_await flush(*state);
  if (led_.empty())
    co_return;
  RequestContext request;
  request.route = "job.release_leases";
  request.deadline = steady_clock::now() + 1s;
  const auto released = co_await store_->release_leases(request, settings_.node);
  if (!released)
    log::info("leases_not_released", {{"detail", released.error().log_detail}});
}

Runner::State& Runner::find(std::string_view name) const {
  for (const auto& state : states_) {
    if (state->job.name == name)
      return *state;
  }
  throw std::out_of_range("no job is called " + std::string(name));
}

bool Runner::leads(std::string_view name) const {
  return find(name).leads;
}

RequestContext Runner::request_for(const State& state, milliseconds patience) const {
  RequestContext request;
  request.route = state.route;
  request.deadline = steady_clock::now() + patience;
  return request;
}

Task<void> Runner::sleep(State& state, SteadyTime until) {
  state.wake.expires_at(until);
  boost::system::error_code ignored;
  co_await state.wake.async_wait(asio::redirect_error(use_task, ignored));
}

Task<void> Runner::loop(State& state) {
  while (!stopped_) {
    const SteadyTime now = steady_clock::now();
    if (!state.may_run()) {
      co_await sleep(state, now + settings_.heartbeat);  // or until it leads
    } else if (now < state.due) {
      co_await sleep(state, state.due);
    } else {
      (void)co_await run(state);
    }
  }
}

Task<void> Runner::beat() {
  bool failing = false;
  while (!stopped_) {
    const SteadyTime next = steady_clock::now() + settings_.heartbeat;
    const auto looked = co_await look_at_leases();
    if (!looked && !failing)
      log::warn("leases_unknown", {{"detail", looked.error().log_detail}});
    failing = !looked;
    if (stopped_)
      break;
    beat_.expires_at(next);
    boost::system::error_code ignored;
    co_await beat_.async_wait(asio::redirect_error(use_task, ignored));
  }
}

Task<Result<void>> Runner::look_at_leases() {
  RequestContext request;
  request.route = "job.look_at_leases";
  request.deadline = steady_clock::now() + settings_.patience;
  if (!leases_made_) {
    const auto made = co_await store_->ensure_leases(request, led_);
    if (!made)
      co_return made.error();
    leases_made_ = true;
  }
  std::vector<Lease> leases;
  for (const Job& job : led_)
    leases.push_back({job.name, find(job.name).epoch});
  const auto rows = co_await store_->renew_leases(request, settings_.node, std::move(leases), settings_.lease_life);
  if (!rows)
    co_return rows.error();
  leases_made_ = rows->size() >= led_.size();
  for (const LeaseRow& row : *rows)
    follow(find(row.name), row);
  // Only now, for the renewals must not wait behind a backend that takes its time to end.
  Result<void> outcome;
  for (const LeaseRow& row : *rows) {
    if (row.is_mine || !row.is_expired || stopped_)
      continue;
    State& state = find(row.name);
    RequestContext takeover = request_for(state, settings_.patience + takeover_extra);
    Lease seen{state.job.name, row.epoch};
    const auto taken = co_await store_->take_lease(takeover, std::move(seen), settings_.node, settings_.lease_life);
    if (!taken)
      outcome = taken.error();  // one that is stuck must not keep the others
    if (!taken || !*taken)
      continue;
    state.epoch = **taken;
    state.leads = true;
    const auto wait = std::clamp<milliseconds>(
        duration_cast<milliseconds>(std::max(row.next_run_at, settings_.now()) - settings_.now()), 0ms,
        state.job.interval + state.job.jitter);
    state.due = steady_clock::now() + wait;
    log::info("job_led", {{"job", state.job.name}, {"epoch", state.epoch}});
    state.wake.cancel();
  }
  co_return outcome;
}

/// What the database says of a lease, whoever holds it.
void Runner::follow(State& state, const LeaseRow& row) {
  if (state.leads && !row.is_mine)
    log::warn("job_lost", {{"job", state.job.name}, {"epoch", state.epoch}});
  state.leads = row.is_mine;
  state.epoch = row.epoch;
  if (row.last_success_at && !row.is_mine)
    state.last_success.set(seconds_of(*row.last_success_at));
}

Task<Result<std::int64_t>> Runner::run_once(std::string_view name) {
  return run(find(name));
}

Task<Result<std::int64_t>> Runner::run(State& state) {
  if (!state.may_run())
    co_return fail(Errc::precondition_failed, "Another node leads this job now");
  const SteadyTime began = steady_clock::now();
  const std::int64_t spread = state.job.jitter.count();
  const auto wait =
      state.job.interval +
      milliseconds(spread > 0 ? std::uniform_int_distribution<std::int64_t>(0, spread)(random_) : std::int64_t{0});
  RunRecord record;
  record.name = state.job.name;
  record.node = settings_.node;
  if (state.is_led())
    record.epoch = state.epoch;
  record.started_at = settings_.now();
  const std::int64_t id = co_await note_start(state, record);
  const auto outcome = co_await run_bites(state);
  record.ended_at = settings_.now();
  record.next_run_at = std::max(record.ended_at, record.started_at + wait);
  state.due = began + wait;
  if (outcome) {
    record.rows = *outcome;
  } else {
    const Error& error = outcome.error();
    record.error = error.public_detail + (error.log_detail.empty() ? "" : ": " + error.log_detail);
  }
  tell(state, record, outcome, began);
  co_await note_end(state, id, record);
  co_return outcome;
}

Task<Result<std::int64_t>> Runner::run_bites(State& state) {
  std::int64_t rows = 0;
  if (state.job.has_work) {
    RequestContext request = request_for(state, state.job.deadline);
    const auto has_work = co_await state.job.has_work(request);
    if (!has_work)
      co_return has_work.error();
    if (!*has_work)
      co_return rows;
  }
  for (int bite = 0; bite < bites_max && (bite == 0 || !stopped_); ++bite) {
    RequestContext request = request_for(state, state.job.deadline);
    Result<Bite> done = Bite();
    if (state.is_led()) {
      Lease lease{state.job.name, state.epoch};
      done = co_await store_->run_bite(request, std::move(lease), settings_.node, state.job.run_once);
    } else {
      done = co_await state.job.run_once(request);
    }
    if (!done)
      co_return done.error();
    rows += done->rows;
    if (!done->more)
      break;
  }
  co_return rows;
}

void Runner::tell(State& state, const RunRecord& run, const Result<std::int64_t>& outcome, SteadyTime began) {
  state.seconds.observe(duration_cast<std::chrono::microseconds>(steady_clock::now() - began));
  if (outcome) {
    state.rows.add(static_cast<std::uint64_t>(std::max<std::int64_t>(run.rows, 0)));
    state.last_success.set(seconds_of(run.ended_at));
    if (state.failing)
      log::info("job_recovered", {{"job", state.job.name}});
    state.failing = false;
    return;
  }
  state.failures.add();
  if (outcome.error().code == Errc::precondition_failed)
    state.leads = false;  // the next heartbeat tells who leads
  // Once when it begins to fail, then once a minute.
  if (!state.failing || steady_clock::now() - state.complained_at >= complain_every) {
    state.complained_at = steady_clock::now();
    log::warn("job_failed", {{"job", state.job.name}, {"detail", *run.error}});
  }
  state.failing = true;
}

/// 0: not written down yet, or cannot be.
Task<std::int64_t> Runner::note_start(State& state, const RunRecord& run) {
  if (!store_ || state.is_frequent())
    co_return 0;
  RequestContext request = request_for(state, settings_.patience);
  const auto id = co_await store_->start_run(request, run);
  if (!id)
    log::debug("job_not_noted", {{"job", run.name}, {"detail", id.error().log_detail}});
  co_return id ? *id : 0;
}

Task<void> Runner::note_end(State& state, std::int64_t id, const RunRecord& run) {
  if (!store_)
    co_return;
  Result<void> noted;
  if (id != 0) {
    RequestContext request = request_for(state, settings_.patience);
    noted = co_await store_->finish_run(request, id, run);
  } else if (!state.is_frequent()) {
    RequestContext request = request_for(state, settings_.patience);
    noted = co_await store_->add_runs(request, run);
  } else {
    if (state.summary && (state.summary->error != run.error || state.summary->epoch != run.epoch))
      co_await flush(state);
    if (!state.summary) {
      state.summary = run;
      state.summary_due = steady_clock::now() + settings_.summary_every;
    } else {
      ++state.summary->runs;
      state.summary->rows += run.rows;
      state.summary->ended_at = run.ended_at;
      state.summary->next_run_at = run.next_run_at;
    }
    if (steady_clock::now() >= state.summary_due)
      co_await flush(state);
  }
  if (!noted)
    log::debug("job_not_noted", {{"job", run.name}, {"detail", noted.error().log_detail}});
}

Task<void> Runner::flush(State& state) {
  if (!state.summary)
    co_return;
  RequestContext request = request_for(state, settings_.patience);
  RunRecord runs = std::move(*state.summary);
  state.summary.reset();
  const auto noted = co_await store_->add_runs(request, runs);
  if (!noted)
    log::debug("job_not_noted", {{"job", runs.name}, {"detail", noted.error().log_detail}});
}

}  // namespace salesflow::jobs
