// Background work of accounts: learning which sessions were revoked, and throwing away what has expired.
#pragma once

#include "features/accounts/store.hpp"
#include "platform/jobs/job.hpp"
#include "platform/security/session_watch.hpp"

namespace salesflow::accounts {

/// The source of a SessionWatch; the store must outlive it. Each question has a deadline of 400 ms.
security::SessionWatch::Fetch revocation_source(Store& store);

/// Polls on each node, so that each refuses a revoked session. The watch must outlive the job.
jobs::Job watch_sessions_job(security::SessionWatch& watch, security::SessionWatchSettings settings);

/// Deletes expired sessions, reset tokens and counters, every ten minutes, in small bites. On each node, as
/// salesflow_auth, so that it needs no worker's login; several nodes may do it at once. The store must outlive the job.
jobs::Job purge_job(Store& store);

}  // namespace salesflow::accounts
