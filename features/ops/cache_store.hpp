// What operators ask and tell about the cache of answers, of all nodes.
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::ops {

struct CacheSwitchRow {
  std::optional<bool> is_on;  // none: each node's own setting, ENABLE_CACHE
  std::int64_t flushes = 0, memory_flushes = 0;
  std::optional<TimePoint> changed_at;
};
BOOST_DESCRIBE_STRUCT(CacheSwitchRow, (), (is_on, flushes, memory_flushes, changed_at))

/// A node of the last hour, as it said last; counted since it started.
struct CacheNodeRow {
  std::string_view node;
  TimePoint noted_at;
  bool is_on = false;
  std::optional<bool> hears;  // of changes through Redis; none: it works without
  std::int64_t flushes = 0;   // operators' flushes that it has followed
  std::int64_t memory_bytes = 0, memory_entries = 0;
  std::int64_t proofs_checked = 0, proofs_wrong = 0;  // hits held against fresh answers
  std::int64_t age_max_ms = 0;                        // of an answer that was used again
  std::int64_t bumps_failed = 0;                      // what Redis was not told in time; the relay repeats it
};
BOOST_DESCRIBE_STRUCT(CacheNodeRow, (),
                      (node, noted_at, is_on, hears, flushes, memory_bytes, memory_entries, proofs_checked,
                       proofs_wrong, age_max_ms, bumps_failed))

/// What a node did by a policy, since it started.
struct CacheFigureRow {
  std::string_view node, policy;
  std::int64_t ttl_ms = 0;
  std::int64_t hit = 0, stale = 0, joined = 0, miss = 0, bypass = 0;  // questions by what became of them
  std::int64_t stored = 0, too_large = 0;
  std::int64_t invalidated = 0;        // kept answers that a write had ended when they were asked for
  std::int64_t expired = 0;            // kept answers whose time had come
  std::int64_t made = 0, made_us = 0;  // answers made, and how long that took in all
};
BOOST_DESCRIBE_STRUCT(CacheFigureRow, (),
                      (node, policy, ttl_ms, hit, stale, joined, miss, bypass, stored, too_large, invalidated, expired,
                       made, made_us))

/// Every method is one statement. set_switch and flush are the worker's (salesflow_worker).
class CacheStore {
 public:
  virtual ~CacheStore() = default;
  virtual Task<Result<OneRow<CacheSwitchRow>>> read_switch(RequestContext& request) = 0;
  virtual Task<Result<RowSet<CacheNodeRow>>> list_nodes(RequestContext& request) = 0;
  virtual Task<Result<RowSet<CacheFigureRow>>> list_figures(RequestContext& request) = 0;
  /// False: the request is no superadmin's.
  virtual Task<Result<bool>> switch_cache(RequestContext& request, std::optional<bool> is_on) = 0;
  /// The same. `memory_only`: Redis keeps its own.
  virtual Task<Result<bool>> empty_cache(RequestContext& request, bool memory_only) = 0;

  virtual Task<Result<void>> set_switch(RequestContext& request, std::optional<bool> is_on) = 0;
  virtual Task<Result<void>> flush(RequestContext& request, bool memory_only) = 0;
};

std::unique_ptr<CacheStore> make_pg_cache_store(postgres::Database& database);

}  // namespace salesflow::ops
