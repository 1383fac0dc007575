#include "apps/salesflow/server/jobs.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "apps/salesflow/compose/answer_cache.hpp"
#include "features/analytics/jobs.hpp"
#include "features/inbox/jobs.hpp"
#include "features/ops/jobs.hpp"
#include "features/webhooks/jobs.hpp"
#include "platform/cache/jobs.hpp"
#include "platform/changes/jobs.hpp"
#include "platform/feed/jobs.hpp"
#include "platform/idempotency/jobs.hpp"
#include "platform/partitions/jobs.hpp"
#include "platform/plans/jobs.hpp"
#include "platform/proof/jobs.hpp"

namespace salesflow::apps {

Jobs::Jobs(Shared& shared, Watch& watch)
    : feed_(shared.feed),
      thread_(1, "sf-jobs"),
      timer_(thread_.context(0)),
      auth_metrics_(shared.metrics, "jobs_auth"),
      worker_metrics_(shared.metrics, "worker"),
      auth_db_(thread_.context(0), timer_, shared.config.auth_pool, &auth_metrics_),
      redis_(make_redis(thread_.context(0), timer_, shared)),
      cache_(shared.cache, thread_.context(0), timer_, redis_.get()),
      accounts_store_(accounts::make_pg_store(auth_db_, auth_db_)),
      mode_store_(analytics::make_pg_mode_store(auth_db_)),
      proof_store_(proof::make_pg_store(auth_db_)),
      cache_store_(cache::make_pg_store(auth_db_)),
      session_watch_(shared.revoked, shared.keys, accounts::revocation_source(*accounts_store_)) {
  if (!shared.config.worker_pool.conninfo.empty()) {
    worker_db_ =
        std::make_unique<postgres::Database>(thread_.context(0), timer_, shared.config.worker_pool, &worker_metrics_);
    analytics_store_ = analytics::make_pg_store(*worker_db_);
    changes_store_ = changes::make_pg_store(*worker_db_);
    mover_ = std::make_unique<changes::Mover>(*changes_store_);
    import_progress_ = imports::make_pg_progress_store(*worker_db_);
    feed_source_ = std::make_unique<FeedSource>(*changes_store_, *import_progress_, redis_ ? nullptr : &shared.cache);
    if (redis_)
      relay_ = std::make_unique<cache::Relay>(shared.cache, *redis_, *changes_store_, places_changed);
    follow_refreshes(shared);
    shared.feed.attach(thread_.context(0), *feed_source_);
    inbox_store_ = inbox::make_pg_store(*worker_db_);
    webhooks_store_ = webhooks::make_pg_store(*worker_db_, *worker_db_);
    figure_store_ = ops::make_pg_figure_store(*worker_db_);
    jobs_store_ = jobs::make_pg_store(*worker_db_);
  }
  if (redis_)
    channel_ = std::make_unique<cache::Channel>(shared.cache, *redis_);
  jobs::RunnerSettings settings;
  settings.node = watch.node;
  runner_ = std::make_unique<jobs::Runner>(thread_.context(0), list(shared, watch), jobs_store_.get(), shared.metrics,
                                           std::move(settings));
}

Jobs::~Jobs() {
  thread_.stop();
}

/// Answers from materialized views end when those are refreshed, and whenever that may have been missed.
void Jobs::follow_refreshes(const Shared& shared) {
  if (shared.config.worker_pool.mode == postgres::PoolMode::pooled)
    return;  // then the feed tells, a moment later
  const auto refreshed = [this] {
    asio::co_spawn(thread_.context(0), cache_.bump({}, places_changed("salesflow.view_refreshes"), 0), asio::detached);
  };
  worker_db_->listen(
      {"mv_refresh"}, [refreshed](std::string_view, std::string_view) { refreshed(); }, refreshed);
}

std::vector<jobs::Job> Jobs::list(Shared& shared, Watch& watch) {
  std::vector<jobs::Job> all{
      accounts::watch_sessions_job(session_watch_, shared.config.session_watch),
      accounts::purge_job(*accounts_store_),
      analytics::follow_mode_job(*mode_store_, shared.analytics_mode,
                                 {shared.config.analytics_mode, shared.config.refresh_views}),
      proof::note_proofs_job(shared.proofs, *proof_store_),
      cache::follow_cache_job(*cache_store_, shared.cache, redis_.get()),
      cache::note_cache_job(*cache_store_, shared.cache, watch.node, redis_ != nullptr),
      ops::note_speed_job(watch.history),
  };
  if (watch.desk.closed().empty())
    all.push_back(plans::guard_plans_job(thread_.context(0), watch.desk, watch.guard, shared.metrics));
  if (!worker_db_)
    return all;
  all.push_back(idempotency::purge_keys_job(*worker_db_));
  all.push_back(webhooks::purge_deliveries_job(*webhooks_store_));
  all.push_back(partitions::watch_job(*worker_db_, shared.metrics));
  all.push_back(partitions::make_months_job(*worker_db_));
  if (shared.config.partitions.retention_months > 0)
    all.push_back(partitions::detach_months_job(*worker_db_, shared.config.partitions));
  all.push_back(analytics::refresh_views_job(*analytics_store_));
  all.push_back(analytics::fold_job(*analytics_store_));
  all.push_back(analytics::refresh_summaries_job(*analytics_store_));
  all.push_back(changes::move_changes_job(*mover_));
  all.push_back(changes::delete_changes_job(*changes_store_));
  all.push_back(changes::watch_changes_job(*changes_store_, shared.metrics));
  all.push_back(feed::follow_changes_job(shared.feed));
  all.push_back(feed::end_streams_job(shared.feed));
  if (relay_)
    all.push_back(cache::relay_cache_job(*relay_));
  all.push_back(ops::watch_figures_job(*figure_store_, shared.metrics));
  if (shared.config.process_sequences)
    all.push_back(inbox::process_sequences_job(*inbox_store_));
  all.push_back(jobs::purge_runs_job(*jobs_store_));
  return all;
}

void Jobs::start() {
  runner_->start();
  thread_.start();
}

void Jobs::begin_stop(SteadyTime deadline) {
  auto stop = [this, deadline]() -> Task<void> {
    feed_.stop();
    const auto now = std::chrono::steady_clock::now();
    co_await runner_->stop(now + (deadline - now) / 2);
    // What still runs then would outlive this process in the database: it is cancelled.
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> pause(
        thread_.context(0));
    while (worker_db_ && !runner_->is_idle() && std::chrono::steady_clock::now() < deadline) {
      worker_db_->cancel_running();
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(use_task);
    }
    channel_.reset();
    if (redis_)
      redis_->shut_down();
    if (worker_db_)
      co_await worker_db_->drain(deadline);
    co_await auth_db_.drain(deadline);
    is_stopped_ = true;
  };
  asio::co_spawn(thread_.context(0), std::move(stop), asio::detached);
}

}  // namespace salesflow::apps
