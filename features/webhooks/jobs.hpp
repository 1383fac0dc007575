// Background work of webhooks: forgetting deliveries.
#pragma once

#include "features/webhooks/store.hpp"
#include "platform/jobs/job.hpp"

namespace salesflow::webhooks {

/// Forgets deliveries whose timestamp nobody accepts any more, once a minute. `store` works as salesflow_worker and
/// must outlive the job.
jobs::Job purge_deliveries_job(Store& store);

}  // namespace salesflow::webhooks
