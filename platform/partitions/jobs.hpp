// Background work on partitions: looking, for the worker may make none.
#pragma once

#include "platform/jobs/job.hpp"

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

}  // namespace salesflow::partitions
