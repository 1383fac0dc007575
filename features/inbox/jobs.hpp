// Background work of the inbox: sequences that are due.
#pragma once

#include "features/inbox/store.hpp"
#include "platform/jobs/job.hpp"

namespace salesflow::inbox {

/// Moves due sequences and pauses of all users on, every 30 s. `store` works as salesflow_worker and must outlive the
/// job.
jobs::Job process_sequences_job(Store& store);

}  // namespace salesflow::inbox
