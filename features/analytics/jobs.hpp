// Background work of analytics: folding kept figures, refreshing materialized views.
#pragma once

#include "features/analytics/store.hpp"
#include "platform/jobs/job.hpp"

namespace salesflow::analytics {

/// Folds deltas every 5 s. A delta that is not folded costs a read a row, never its exactness. The store must
/// outlive the job.
jobs::Job fold_job(Store& store);

/// Brings summaries up to date; looks every 500 ms. A key that is not costs a read its raw rows, never its exactness.
/// The store must outlive the job.
jobs::Job refresh_summaries_job(Store& store);

/// Refreshes materialized views that are due where pg_cron does not; looks every 30 s. The store must outlive the job.
jobs::Job refresh_views_job(Store& store);

}  // namespace salesflow::analytics
