#include "platform/idempotency/jobs.hpp"

#include "platform/idempotency/queries.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::idempotency {
namespace {

constexpr std::uint64_t purged_at_once = 1000;  // as in purge_keys.sql

}  // namespace

jobs::Job purge_keys_job(postgres::Database& worker_db) {
  jobs::Job job;
  job.name = "purge_idempotency_keys";
  job.interval = std::chrono::minutes(1);
  job.jitter = std::chrono::seconds(5);
  job.run_once = [&worker_db](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto deleted = co_await worker_db.write(request, sql::purge_keys);
    if (!deleted)
      co_return deleted.error();
    co_return jobs::Bite{static_cast<std::int64_t>(*deleted), *deleted >= purged_at_once};
  };
  return job;
}

}  // namespace salesflow::idempotency
