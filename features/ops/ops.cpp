#include "features/ops/store.hpp"

namespace salesflow::ops {

Task<Result<JobsAnswer>> list_jobs(Store& store, RequestContext& request) {
  auto rows = co_await store.list_jobs(request);
  if (!rows)
    co_return rows.error();
  JobsAnswer answer;
  answer.jobs = std::move(*rows);
  co_return answer;
}

Task<Result<ChangesAnswer>> list_changes(Store& store, RequestContext& request) {
  const auto rows = co_await store.list_changes(request);
  if (!rows)
    co_return rows.error();
  ChangesAnswer answer;
  for (const ChangesRow& row : *rows) {
    answer.outbox_rows = row.waiting;
    answer.outbox_since = row.waiting_since;
    answer.feed_rows = row.feed_rows;
    answer.last_number = row.last_number;
    if (row.subscriber)
      answer.subscribers.push_back(
          {std::string(*row.subscriber), row.place.value_or(0), row.lag.value_or(0), row.confirmed_at});
  }
  co_return answer;
}

}  // namespace salesflow::ops
