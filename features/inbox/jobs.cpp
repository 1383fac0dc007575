#include "features/inbox/jobs.hpp"

namespace salesflow::inbox {

jobs::Job process_sequences_job(Store& store) {
  jobs::Job job;
  job.name = "process_sequences";
  job.interval = std::chrono::seconds(30);
  job.jitter = std::chrono::seconds(3);
  job.run_once = [&store](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto advanced = co_await store.process_due_sequences(request);
    if (!advanced)
      co_return advanced.error();
    co_return jobs::Bite{*advanced, *advanced >= Store::due_sequences_at_once};
  };
  return job;
}

}  // namespace salesflow::inbox
