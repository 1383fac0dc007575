// Background work on stored answers.
#pragma once

#include "platform/jobs/job.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::idempotency {

/// Deletes answers that are older than a day, once a minute. `worker_db` must outlive the job.
jobs::Job purge_keys_job(postgres::Database& worker_db);

}  // namespace salesflow::idempotency
