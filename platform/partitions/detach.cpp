// Detaching a month while the service reads and writes: migration 0037 says why in this order.
#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/describe.hpp>
#include <set>

#include "platform/core/log.hpp"
#include "platform/partitions/jobs.hpp"
#include "platform/partitions/queries.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::partitions {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr int hold_attempts = 20;  // a refresh of summaries is over soon

struct HeldMonth {
  std::string_view name;
  std::int32_t pid = 0;
};
BOOST_DESCRIBE_STRUCT(HeldMonth, (), (name, pid))

struct OpenTransaction {
  std::string_view virtual_id;
};
BOOST_DESCRIBE_STRUCT(OpenTransaction, (), (virtual_id))

Task<void> rest() {
  const auto executor = co_await asio::this_coro::executor;
  asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, Executor> pause(executor);
  pause.expires_after(250ms);
  co_await pause.async_wait(use_task);
}

/// Not in the run's transaction, so that others see what it does.
RequestContext beside(const RequestContext& request) {
  RequestContext other;
  other.route = request.route;
  other.deadline = request.deadline;
  return other;
}

Task<Result<std::set<std::string>>> list_transactions(postgres::Database& db, const RequestContext& request,
                                                      std::int32_t own_pid) {
  RequestContext other = beside(request);
  const auto rows = co_await db.read<OpenTransaction>(other, sql::list_transactions, own_pid);
  if (!rows)
    co_return rows.error();
  std::set<std::string> open;
  for (const auto& row : *rows)
    open.emplace(row.virtual_id);
  co_return open;
}

/// True when all that were open when it was called have ended in time. All others see what was committed before.
Task<Result<bool>> wait_for_older(postgres::Database& db, const RequestContext& request, std::int32_t own_pid,
                                  std::chrono::milliseconds patience) {
  const auto end = steady_clock::now() + patience;
  auto older = co_await list_transactions(db, request, own_pid);
  while (older && !older->empty()) {
    if (steady_clock::now() >= end)
      co_return false;
    co_await rest();
    const auto open = co_await list_transactions(db, request, own_pid);
    if (!open)
      co_return open.error();
    std::erase_if(*older, [&](const std::string& one) { return !open->contains(one); });
  }
  if (!older)
    co_return older.error();
  co_return true;
}

/// Until the request's transaction ends. Empty: there is none, or others held what it needs all the while.
Task<Result<std::pair<std::string, std::int32_t>>> hold_month(postgres::Database& db, RequestContext& request,
                                                              int retention_months) {
  std::pair<std::string, std::int32_t> month;
  for (int attempt = 1; attempt <= hold_attempts && month.first.empty(); ++attempt) {
    const auto held = co_await db.write_one<HeldMonth>(request, sql::hold_past_month, retention_months);
    if (!held)
      co_return held.error();
    if (*held) {
      month = {std::string((*held)->name), (*held)->pid};
    } else {
      co_await rest();
    }
  }
  co_return month;
}

Task<Result<jobs::Bite>> detach_month(postgres::Database& db, RequestContext& request, const Settings& settings) {
  const auto held = co_await hold_month(db, request, settings.retention_months);
  if (!held)
    co_return held.error();
  const auto& [name, pid] = *held;
  if (name.empty())
    co_return jobs::Bite{};
  RequestContext noting = beside(request);
  const auto noted = co_await db.write(noting, sql::note_past_month, settings.retention_months, name);
  if (!noted)
    co_return noted.error();
  const auto ended = co_await wait_for_older(db, request, pid, settings.patience);
  if (!ended)
    co_return ended.error();
  if (!*ended) {
    log::info("partition_waits", {{"partition", name}, {"for", "older transactions"}});
    co_return jobs::Bite{};
  }
  const auto detached = co_await db.write(request, sql::detach_past_month, settings.retention_months, name);
  if (!detached)
    co_return detached.error();
  log::info("partition_detached", {{"partition", name}, {"retention_months", settings.retention_months}});
  const auto more = co_await db.read_one<bool>(request, sql::is_month_past, settings.retention_months);
  if (!more)
    co_return more.error();
  co_return jobs::Bite{1, more->row.value_or(false)};
}

}  // namespace

jobs::Job detach_months_job(postgres::Database& worker_db, Settings settings) {
  jobs::Job job;
  job.name = "detach_months";
  job.interval = 1h;
  job.jitter = 1min;
  job.deadline = 15min;  // a month is noted by one scan of it
  job.has_work = [&worker_db, settings](RequestContext& request) -> Task<Result<bool>> {
    const auto past = co_await worker_db.read_one<bool>(request, sql::is_month_past, settings.retention_months);
    if (!past)
      co_return past.error();
    const bool is_past = past->row.value_or(false);
    co_return is_past;
  };
  job.run_once = [&worker_db, settings](RequestContext& request) { return detach_month(worker_db, request, settings); };
  return job;
}

}  // namespace salesflow::partitions
