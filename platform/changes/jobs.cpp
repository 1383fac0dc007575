#include "platform/changes/jobs.hpp"

#include <algorithm>

#include "platform/core/ids.hpp"
#include "platform/core/mutant.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::changes {

using namespace std::chrono_literals;

jobs::Job move_changes_job(Mover& mover) {
  jobs::Job job;
  job.name = is_mutant("two_movers") ? "move_changes_" + random_hex(4) : "move_changes";  // each with its own lease
  job.interval = 40ms;
  job.has_work = [&mover](RequestContext& request) { return mover.look(request); };
  job.run_once = [&mover](RequestContext& request) { return mover.move(request); };
  return job;
}

jobs::Job delete_changes_job(Store& store) {
  jobs::Job job;
  job.name = "delete_changes";
  job.interval = 10s;
  job.jitter = 1s;
  job.run_once = [&store](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto given_up = co_await store.give_up_subscribers(request);
    if (!given_up)
      co_return given_up.error();
    const auto deleted = co_await store.delete_changes(request, kept_rows, kept_for);
    if (!deleted)
      co_return deleted.error();
    co_return jobs::Bite{deleted->deleted, deleted->more};
  };
  return job;
}

jobs::Job watch_changes_job(Store& store, telemetry::Registry& metrics) {
  auto& waiting = metrics.gauge("salesflow_outbox_rows", "Changes that wait in the outbox to be put in order");
  auto& age = metrics.gauge("salesflow_outbox_age_seconds", "How long the oldest of them waits");
  auto& feed_rows = metrics.gauge("salesflow_change_feed_rows", "Changes that the feed holds");
  auto& last_number = metrics.gauge("salesflow_change_feed_last_number", "The number of the newest change");
  jobs::Job job;
  job.name = "watch_changes";
  job.interval = 15s;
  job.jitter = 1s;
  job.place = jobs::Place::per_node;
  job.run_once = [&store, &metrics, &waiting, &age, &feed_rows,
                  &last_number](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto rows = co_await store.list_changes(request);
    if (!rows)
      co_return rows.error();
    for (const FeedState& row : *rows) {
      waiting.set(row.waiting);
      age.set(row.waiting_since
                  ? std::max<std::int64_t>(
                        std::chrono::duration_cast<std::chrono::seconds>(system_now() - *row.waiting_since).count(), 0)
                  : 0);
      feed_rows.set(row.feed_rows);
      last_number.set(row.last_number);
      if (row.subscriber)
        metrics
            .gauge("salesflow_change_subscriber_lag", "Changes that a subscriber has not taken yet",
                   {{"subscriber", std::string(*row.subscriber)}})
            .set(row.lag.value_or(0));
    }
    co_return jobs::Bite{};
  };
  return job;
}

}  // namespace salesflow::changes
