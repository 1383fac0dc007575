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

struct HeldMonth {
  std::string_view name;
  std::int32_t pid = 0;
};
BOOST_DESCRIBE_STRUCT(HeldMonth, (), (name, pid))

struct OpenTransaction {
  std::string_view virtual_id;
};
BOOST_DESCRIBE_STRUCT(OpenTransaction, (), (virtual_id))

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
  const auto executor = co_await asio::this_coro::executor;
  asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, Executor> pause(executor);
  const auto end = steady_clock::now() + patience;
  auto older = co_await list_transactions(db, request, own_pid);
  while (older && !older->empty()) {
    if (steady_clock::now() >= end)
      co_return false;
    pause.expires_after(100ms);
    co_await pause.async_wait(use_task);
    const auto open = co_await list_transactions(db, request, own_pid);
    if (!open)
      co_return open.error();
    std::erase_if(*older, [&](const std::string& one) { return !open->contains(one); });
  }
  if (!older)
    co_return older.error();
  co_return true;
}

Task<Result<jobs::Bite>> detach_month(postgres::Database& db, RequestContext& request, const Settings& settings) {
  const auto held = co_await db.write_one<HeldMonth>(request, sql::hold_past_month, settings.retention_months);
  if (!held)
    co_return held.error();
  if (!*held)
    co_return jobs::Bite{};
  const std::string name((*held)->name);
  const std::int32_t pid = (*held)->pid;
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
  co_return jobs::Bite{1, true};
}

}  // namespace

jobs::Job detach_months_job(postgres::Database& worker_db, Settings settings) {
  jobs::Job job;
  job.name = "detach_months";
  job.interval = 1h;
  job.jitter = 1min;
  job.deadline = 15min;  // a month is noted by one scan of it
  job.run_once = [&worker_db, settings](RequestContext& request) { return detach_month(worker_db, request, settings); };
  return job;
}

}  // namespace salesflow::partitions
