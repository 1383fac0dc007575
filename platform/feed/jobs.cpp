#include "platform/feed/jobs.hpp"

namespace salesflow::feed {

using namespace std::chrono_literals;

jobs::Job follow_changes_job(Feed& feed) {
  jobs::Job job;
  job.name = "follow_changes";
  job.interval = 40ms;
  job.deadline = 5s;
  job.place = jobs::Place::per_node;
  job.run_once = [&feed](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto count = co_await feed.follow(request);
    if (!count)
      co_return count.error();
    co_return jobs::Bite{static_cast<std::int64_t>(*count), *count >= static_cast<std::size_t>(Feed::rows_at_once)};
  };
  return job;
}

jobs::Job end_streams_job(Feed& feed) {
  jobs::Job job;
  job.name = "end_streams";
  job.interval = 100ms;
  job.place = jobs::Place::per_node;
  job.run_once = [&feed](RequestContext&) -> Task<Result<jobs::Bite>> {
    feed.look_at_sessions();
    co_return jobs::Bite{};
  };
  return job;
}

}  // namespace salesflow::feed
