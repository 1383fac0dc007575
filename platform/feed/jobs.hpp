// Background work of live streams, on each node.
#pragma once

#include "platform/feed/feed.hpp"
#include "platform/jobs/job.hpp"

namespace salesflow::feed {

/// Looks for changes every 40 ms, as often as they are put in order: one statement of three pages when there is none.
/// The feed must outlive the job.
jobs::Job follow_changes_job(Feed& feed);

/// Looks every 100 ms for sessions that have ended, without the database: their streams end within that time after the
/// node knows it.
jobs::Job end_streams_job(Feed& feed);

}  // namespace salesflow::feed
