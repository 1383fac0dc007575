#include "platform/partitions/jobs.hpp"

#include <boost/describe.hpp>

#include "platform/core/log.hpp"
#include "platform/partitions/queries.hpp"
#include "platform/postgres/database.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::partitions {
namespace {

constexpr int months_ahead = 3;

struct PartitionRow {
  std::string_view table_name;
  std::int64_t partitions = 0;
  bool next_month_missing = false;
};
BOOST_DESCRIBE_STRUCT(PartitionRow, (), (table_name, partitions, next_month_missing))

struct MadeMonth {
  std::optional<std::string_view> name;
};
BOOST_DESCRIBE_STRUCT(MadeMonth, (), (name))

Task<Result<jobs::Bite>> make_month(postgres::Database& db, RequestContext& request) {
  const auto made = co_await db.write_one<MadeMonth>(request, sql::make_month_ahead, months_ahead);
  if (!made)
    co_return made.error();
  if (!*made || !(*made)->name)
    co_return jobs::Bite{};
  log::info("partition_made", {{"partition", *(*made)->name}});
  co_return jobs::Bite{1, true};
}

}  // namespace

jobs::Job watch_job(postgres::Database& worker_db, telemetry::Registry& metrics) {
  auto& missing = metrics.gauge("salesflow_partition_next_month_missing",
                                "1 when message_events is partitioned and next month has no partition");
  jobs::Job job;
  job.name = "watch_partitions";
  job.interval = std::chrono::hours(1);
  job.jitter = std::chrono::minutes(1);
  job.place = jobs::Place::per_node;
  job.run_once = [&worker_db, &missing](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto rows = co_await worker_db.read<PartitionRow>(request, sql::check_partitions);
    if (!rows)
      co_return rows.error();
    std::int64_t tables = 0;
    for (const auto& row : *rows) {
      if (!row.next_month_missing)
        continue;
      ++tables;
      log::error("partition_missing",
                 {{"table", row.table_name},
                  {"mend", "salesflow partition maintain; salesflow jobs says why make_months could not"}});
    }
    missing.set(tables > 0 ? 1 : 0);
    co_return jobs::Bite{tables, false};
  };
  return job;
}

jobs::Job make_months_job(postgres::Database& worker_db) {
  jobs::Job job;
  job.name = "make_months";
  job.interval = std::chrono::minutes(10);
  job.jitter = std::chrono::seconds(10);
  job.deadline = std::chrono::seconds(20);
  job.has_work = [&worker_db](RequestContext& request) -> Task<Result<bool>> {
    const auto missing = co_await worker_db.read_one<bool>(request, sql::is_month_missing, months_ahead);
    if (!missing)
      co_return missing.error();
    const bool is_missing = missing->row.value_or(false);
    co_return is_missing;
  };
  job.run_once = [&worker_db](RequestContext& request) { return make_month(worker_db, request); };
  return job;
}

}  // namespace salesflow::partitions
