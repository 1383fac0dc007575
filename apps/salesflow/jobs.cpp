#include "apps/salesflow/jobs.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>

#include "apps/salesflow/queries.hpp"
#include "features/webhooks/queries.hpp"
#include "platform/core/log.hpp"
#include "platform/idempotency/queries.hpp"

namespace salesflow::apps {
namespace {

constexpr auto purge_keys_every = std::chrono::minutes(1);
constexpr auto watch_partitions_every = std::chrono::hours(1);
constexpr auto look_for_due_views_every = std::chrono::seconds(30);
constexpr auto fold_rollups_every = std::chrono::seconds(5);
constexpr auto process_sequences_every = std::chrono::seconds(30);
constexpr int sequences_per_statement = 50;  // as in process_due_sequences.sql
constexpr auto refresh_patience = std::chrono::minutes(10);

struct PartitionRow {
  std::string_view table_name;
  std::int64_t partitions = 0;
  bool next_month_missing = false;
};
BOOST_DESCRIBE_STRUCT(PartitionRow, (), (table_name, partitions, next_month_missing))

struct FoldedDeltas {
  std::int64_t folded = 0;
};
BOOST_DESCRIBE_STRUCT(FoldedDeltas, (), (folded))

struct AdvancedSequences {
  std::int64_t advanced = 0;
};
BOOST_DESCRIBE_STRUCT(AdvancedSequences, (), (advanced))

struct RefreshedView {
  std::optional<std::string_view> name;
};
BOOST_DESCRIBE_STRUCT(RefreshedView, (), (name))

}  // namespace

Jobs::Jobs(Worker& worker, Shared& shared)
    : worker_(worker),
      timer_(worker.context()),
      metrics_(shared.metrics, "worker"),
      store_(accounts::make_pg_store(worker.auth_db(), worker.app_db())),
      session_watch_(worker.context(), shared.revoked, shared.keys, accounts::revocation_source(*store_),
                     shared.config.session_watch),
      purge_accounts_(worker.context(), *store_),
      month_missing_(shared.metrics.gauge("salesflow_partition_next_month_missing",
                                          "1 when message_events is partitioned and next month has no partition")),
      pause_(worker.context()),
      partitions_pause_(worker.context()),
      views_pause_(worker.context()),
      rollups_pause_(worker.context()),
      sequences_pause_(worker.context()),
      sequences_(shared.config.process_sequences) {
  if (!shared.config.worker_pool.conninfo.empty()) {
    worker_db_ = std::make_unique<postgres::Database>(worker.context(), timer_, shared.config.worker_pool, &metrics_);
  }
}

template <class Loop>
void Jobs::spawn(Loop loop) {
  ++running_;
  asio::co_spawn(worker_.context(), std::move(loop), [this](std::exception_ptr bug) {
    --running_;
    if (bug)
      std::rethrow_exception(bug);  // ends the process: a bug, see WorkerThreads
  });
}

void Jobs::start() {
  spawn(session_watch_.run());
  spawn(purge_accounts_.run());
  if (worker_db_) {
    spawn(purge_keys());
    spawn(watch_partitions());
    spawn(refresh_views());
    spawn(fold_rollups());
    if (sequences_)
      spawn(process_sequences());
  }
}

Task<void> Jobs::purge_keys() {
  while (!stopped_) {
    RequestContext context;
    context.route = "job.purge_keys";
    context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const auto purged = co_await worker_db_->write(context, idempotency::sql::purge_keys);
    if (!purged)
      log::warn("purge_failed", {{"what", "idempotency_keys"}, {"detail", purged.error().log_detail}});
    const auto forgotten = co_await worker_db_->write(context, webhooks::sql::purge_deliveries);
    if (!forgotten)
      log::warn("purge_failed", {{"what", "webhook_deliveries"}, {"detail", forgotten.error().log_detail}});
    if (!co_await sleep(pause_, purge_keys_every))
      break;
  }
}

Task<void> Jobs::watch_partitions() {
  while (!stopped_) {
    RequestContext context;
    context.route = "job.watch_partitions";
    context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const auto rows = co_await worker_db_->read<PartitionRow>(context, sql::check_partitions);
    if (!rows) {
      log::warn("partition_check_failed", {{"detail", rows.error().log_detail}});
    } else {
      bool missing = false;
      for (const auto& row : *rows) {
        missing = missing || row.next_month_missing;
        if (row.next_month_missing)
          log::error("partition_missing", {{"table", row.table_name}, {"mend", "salesflow partition maintain"}});
      }
      month_missing_.set(missing ? 1 : 0);
    }
    if (!co_await sleep(partitions_pause_, watch_partitions_every))
      break;
  }
}

Task<void> Jobs::refresh_views() {
  while (!stopped_) {
    // Not "while (… && co_await …)": g++ 12 makes an illegal instruction of it.
    bool more = true;
    while (more && !stopped_)
      more = co_await refresh_due_view();
    if (!co_await sleep(views_pause_, look_for_due_views_every))
      break;
  }
}

/// On a connection of its own: it may take long, and others must not wait behind it.
Task<bool> Jobs::refresh_due_view() {
  const auto began = std::chrono::steady_clock::now();
  RequestContext context;
  context.route = "job.refresh_views";
  context.deadline = began + refresh_patience;
  auto transaction = co_await worker_db_->begin_transaction(context);
  if (!transaction) {
    log::warn("refresh_failed", {{"detail", transaction.error().log_detail}});
    co_return false;
  }
  context.transaction = transaction->get();
  const auto refreshed = co_await worker_db_->write_one<RefreshedView>(context, sql::refresh_due_view);
  Result<void> outcome;
  if (refreshed) {
    outcome = co_await (*transaction)->commit();
  } else {
    outcome = refreshed.error();
  }
  context.transaction = nullptr;
  if (!outcome) {
    log::warn("refresh_failed", {{"detail", outcome.error().log_detail}});
    co_return false;
  }
  if (!*refreshed || !(*refreshed)->name)
    co_return false;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  log::info("view_refreshed", {{"view", *(*refreshed)->name}, {"ms", took.count()}});
  co_return true;
}

/// A delta that is not folded costs a read a row, never its exactness.
Task<void> Jobs::fold_rollups() {
  while (!stopped_) {
    RequestContext context;
    context.route = "job.fold_rollups";
    context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const auto folded = co_await worker_db_->write_one<FoldedDeltas>(context, sql::fold_rollups);
    if (!folded)
      log::warn("fold_failed", {{"detail", folded.error().log_detail}});
    if (!co_await sleep(rollups_pause_, fold_rollups_every))
      break;
  }
}

Task<void> Jobs::process_sequences() {
  while (!stopped_) {
    std::int64_t advanced = sequences_per_statement;
    while (advanced >= sequences_per_statement && !stopped_) {
      RequestContext context;
      context.route = "job.process_sequences";
      context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
      const auto done = co_await worker_db_->write_one<AdvancedSequences>(context, sql::process_due_sequences);
      if (!done)
        log::warn("sequences_failed", {{"detail", done.error().log_detail}});
      advanced = done && *done ? (*done)->advanced : 0;
    }
    if (!co_await sleep(sequences_pause_, process_sequences_every))
      break;
  }
}

Task<bool> Jobs::sleep(Timer& timer, std::chrono::seconds time) {
  if (!stopped_) {
    timer.expires_after(time);
    boost::system::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(use_task, cancelled));
  }
  co_return !stopped_;
}

Task<void> Jobs::stop(SteadyTime deadline) {
  stopped_ = true;
  session_watch_.stop();
  purge_accounts_.stop();
  pause_.cancel();
  partitions_pause_.cancel();
  views_pause_.cancel();
  rollups_pause_.cancel();
  sequences_pause_.cancel();
  Timer wait(worker_.context());
  auto cancel_at = std::chrono::steady_clock::now() + (deadline - std::chrono::steady_clock::now()) / 2;
  while (running_ > 0 && std::chrono::steady_clock::now() < deadline) {
    wait.expires_after(std::chrono::milliseconds(5));
    co_await wait.async_wait(use_task);
    if (!worker_db_ || running_ == 0 || std::chrono::steady_clock::now() < cancel_at)
      continue;
    cancel_at = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
    worker_db_->cancel_running();
  }
  if (worker_db_)
    co_await worker_db_->drain(deadline);
}

}  // namespace salesflow::apps
