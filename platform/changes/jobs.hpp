// Background work on changes: moving them, forgetting them, watching them.
#pragma once

#include "platform/changes/mover.hpp"
#include "platform/changes/store.hpp"
#include "platform/jobs/job.hpp"

namespace salesflow::telemetry {
class Registry;
}

namespace salesflow::changes {

/// How long and how many changes are kept for streams that come back.
inline constexpr std::int64_t kept_rows = 1'000'000;
inline constexpr std::chrono::seconds kept_for = std::chrono::hours(24);

/// Moves what is in the outbox, looking every 40 ms: one statement, eight pages, when there is nothing. The mover must
/// outlive the job.
jobs::Job move_changes_job(Mover& mover);

/// Every ten seconds: gives subscribers up, deletes what nobody needs. The store must outlive the job.
jobs::Job delete_changes_job(Store& store);

/// Every 15 s on each node, so that each one's metrics tell: salesflow_outbox_rows, salesflow_outbox_age_seconds,
/// salesflow_change_feed_rows, salesflow_change_feed_last_number, salesflow_change_subscriber_lag by subscriber. Store
/// and metrics must outlive the job.
jobs::Job watch_changes_job(Store& store, telemetry::Registry& metrics);

}  // namespace salesflow::changes
