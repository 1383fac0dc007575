// From which figure on something is a finding. Each is bound to the parameter of its name in the statements of sql/.
#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <string>

namespace salesflow::doctor {

/// Names end in their unit. Defaults leave a healthy database of any size alone.
struct Thresholds {
  // statements, from pg_stat_statements
  double slow_mean_ms = 200;  // the strategy's target for a list
  std::int64_t statement_calls_min = 10;
  double slow_share_max = 0.05;  // of all calls, over share_ms
  double share_ms = 1000;
  std::int64_t share_calls_min = 1000;
  std::int64_t spill_blocks_min = 12'800;  // 100 MB of temporary files a call
  double wanted_mean_ms = 20;              // from here on a statement may want an index

  // tables and indexes
  std::int64_t large_rows_min = 10'000;
  std::int64_t seq_scans_min = 50;
  std::int64_t index_bytes_min = 10 << 20;
  double unused_days_min = 14;
  double bloat_ratio_max = 2.5;
  double cost_share_max = 0.5;  // with the proposed index, of the cost without

  // statistics
  double distinct_ratio_max = 10;  // either way
  double correlation_min = 0.1;
  double stale_share_max = 0.5;

  // vacuum
  std::int64_t dead_rows_min = 50'000;
  double dead_share_max = 0.3;
  std::int64_t xmin_age_max = 1'000'000;  // transactions
  std::int64_t freeze_age_max = 500'000'000;

  // sessions, replication
  double long_transaction_s = 300;
  double idle_transaction_s = 60;
  double lock_wait_s = 10;
  double prepared_s = 300;
  double connection_share_max = 0.8;
  std::int64_t lag_bytes_max = 256 << 20;
  std::int64_t slot_bytes_max = 64 << 20;

  // memory, caches
  std::int64_t cold_blocks_min = 1'000'000;
  double hit_share_min = 0.95;
  std::int64_t answers_asked_min = 10'000;
  double answers_share_min = 0.7;
  std::int64_t shared_buffers_mib_min = 128;
  std::int64_t work_mem_kib_min = 4096;
  std::int64_t checkpoints_min = 100;

  // the service
  std::int64_t waiting_deltas_max = 10'000;
  double change_age_s = 60;
  double view_intervals_max = 3;
  double sequence_share_max = 0.8;

  // who and where; as PostgreSQL writes an array
  std::string api_roles = "{anon,authenticated,salesflow_app}";
  std::string schemas_left_out =
      "{auth,cron,extensions,graphql,graphql_public,net,pgbouncer,pgsodium,pgsodium_masks,realtime,storage,"
      "supabase_functions,supabase_migrations,vault}";  // a platform's own, which its users cannot change
};
BOOST_DESCRIBE_STRUCT(Thresholds, (),
                      (slow_mean_ms, statement_calls_min, slow_share_max, share_ms, share_calls_min, spill_blocks_min,
                       wanted_mean_ms, large_rows_min, seq_scans_min, index_bytes_min, unused_days_min, bloat_ratio_max,
                       cost_share_max, distinct_ratio_max, correlation_min, stale_share_max, dead_rows_min,
                       dead_share_max, xmin_age_max, freeze_age_max, long_transaction_s, idle_transaction_s,
                       lock_wait_s, prepared_s, connection_share_max, lag_bytes_max, slot_bytes_max, cold_blocks_min,
                       hit_share_min, answers_asked_min, answers_share_min, shared_buffers_mib_min, work_mem_kib_min,
                       checkpoints_min, waiting_deltas_max, change_age_s, view_intervals_max, sequence_share_max,
                       api_roles, schemas_left_out))

}  // namespace salesflow::doctor
