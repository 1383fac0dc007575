// Background work on partitions: months ahead are made, old ones detached, through functions of the owner that can do
// nothing else (migrations 0036, 0037), and each node's metrics tell when a month is missing.
#pragma once

#include "platform/jobs/job.hpp"
#include "platform/partitions/settings.hpp"

namespace salesflow::postgres {
class Database;
}
namespace salesflow::telemetry {
class Registry;
}

namespace salesflow::partitions {

/// Looks once an hour whether partitioned tables have next month's partition; logs partition_missing and sets
/// salesflow_partition_next_month_missing to 1 where not. On each node, so that each node's metrics tell. `worker_db`
/// and `metrics` must outlive the job.
jobs::Job watch_job(postgres::Database& worker_db, telemetry::Registry& metrics);

/// Makes what is missing of the next three months, each in a transaction of its own; logs partition_made. Errors:
/// unavailable (no lock in time; nothing was changed, and the next run tries again), forbidden and others of
/// PostgreSQL, where the functions' owner may not change the table.
jobs::Job make_months_job(postgres::Database& worker_db);

/// Detaches months that are past settings.retention_months, one a bite; logs partition_detached. Only where the setting
/// is not 0. While older transactions than the noting of a month do not end (a pg_dump), nothing is done: the next
/// hour.
jobs::Job detach_months_job(postgres::Database& worker_db, Settings settings);

}  // namespace salesflow::partitions
