#include "features/webhooks/jobs.hpp"

namespace salesflow::webhooks {

jobs::Job purge_deliveries_job(Store& store) {
  jobs::Job job;
  job.name = "purge_webhook_deliveries";
  job.interval = std::chrono::minutes(1);
  job.jitter = std::chrono::seconds(5);
  job.run_once = [&store](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto deleted = co_await store.purge_deliveries(request);
    if (!deleted)
      co_return deleted.error();
    co_return jobs::Bite{*deleted, *deleted >= Store::purged_at_once};
  };
  return job;
}

}  // namespace salesflow::webhooks
