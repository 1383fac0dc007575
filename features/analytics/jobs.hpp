// Background work of analytics: folding kept figures, refreshing materialized views.
#pragma once

#include <atomic>
#include <functional>

#include "features/analytics/mode_store.hpp"
#include "features/analytics/store.hpp"
#include "platform/core/time.hpp"
#include "platform/jobs/job.hpp"

namespace salesflow::analytics {

/// Folds deltas every 5 s. A delta that is not folded costs a read a row, never its exactness. The store must
/// outlive the job.
jobs::Job fold_job(Store& store);

/// Brings summaries up to date; looks every 500 ms, and after a run rests four times as long as that took, so that a
/// day of a hundred thousand rows that is written to all the time takes a fifth of a core and not a whole one. A key
/// that is not up to date costs a read its raw rows, never its exactness. The store must outlive the job.
jobs::Job refresh_summaries_job(Store& store, std::function<SteadyTime()> now = std::chrono::steady_clock::now);

/// Refreshes materialized views while somebody reads or wants them: at once when that begins, then by their schedule
/// where pg_cron does not; looks every 2 s. The store must outlive the job.
jobs::Job refresh_views_job(Store& store);

struct ModeSettings {
  Source own = Source::live;   // of this node, while no operator has switched all of them
  bool refresh_views = false;  // also while nobody reads them
};

/// Takes over where analytics read from, each second on each node, and says when this node needs the materialized
/// views. Without an answer all stays as it is. Store and `mode` must outlive the job.
jobs::Job follow_mode_job(ModeStore& store, std::atomic<Source>& mode, ModeSettings settings, Clock clock = system_now);

}  // namespace salesflow::analytics
