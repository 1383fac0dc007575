// The cache of answers as operators see it: what is kept how, what became of questions, on and off, forgetting.
#pragma once

#include <string>
#include <vector>

#include "features/ops/cache_store.hpp"

namespace salesflow::ops {

/// A policy, as the composition tells it.
struct CachePolicy {
  std::string name;
  std::string kind;         // strict: never older than an acknowledged write; bounded: at most ttl_ms old
  std::int64_t ttl_ms = 0;  // 0: off
  std::int64_t client_max_age_s = 0, client_stale_s = 0;
  std::string what;
  std::vector<std::string> routes;  // operations
};
BOOST_DESCRIBE_STRUCT(CachePolicy, (), (name, kind, ttl_ms, client_max_age_s, client_stale_s, what, routes))

/// A policy with what all nodes noted of it. Rates are of the questions that the cache took on (all but bypass); none
/// while there are none.
struct CachePolicyView {
  CachePolicy policy;
  std::int64_t hit = 0, stale = 0, joined = 0, miss = 0, bypass = 0;
  std::int64_t stored = 0, too_large = 0, invalidated = 0, expired = 0, made = 0;
  std::optional<double> hit_rate;          // hit, stale and joined: no statement was run for them
  std::optional<double> stale_rate;        // used while a newer one was made
  std::optional<double> invalidated_rate;  // a write had ended what was kept
  std::optional<double> made_ms;           // mean

  std::int64_t asked() const { return hit + stale + joined + miss; }
};
BOOST_DESCRIBE_STRUCT(CachePolicyView, (),
                      (policy, hit, stale, joined, miss, bypass, stored, too_large, invalidated, expired, made,
                       hit_rate, stale_rate, invalidated_rate, made_ms))

struct CacheProofs {
  std::int64_t checked = 0, wrong = 0;
  std::string says;  // "0 wrong in 30,000: at most 1 in 10,000 at 95 %"
};
BOOST_DESCRIBE_STRUCT(CacheProofs, (), (checked, wrong, says))

/// What GET /api/ops/cache and `salesflow cache stats --json` answer.
struct CacheAnswer {
  std::optional<bool> on;  // all nodes; none: each node's own setting, ENABLE_CACHE
  std::optional<TimePoint> changed_at;
  std::int64_t flushes = 0;  // of operators
  std::vector<CachePolicyView> policies;
  CacheProofs proofs;
  RowSet<CacheNodeRow> nodes;
  RowSet<CacheFigureRow> figures;  // by node
};
BOOST_DESCRIBE_STRUCT(CacheAnswer, (), (on, changed_at, flushes, policies, proofs, nodes, figures))

/// What POST /api/ops/cache/flush and `salesflow cache flush --json` answer.
struct CacheFlushAnswer {
  std::optional<std::string> pattern;
  std::optional<std::int64_t> removed;  // answers in Redis, by pattern
  std::string says;
};
BOOST_DESCRIBE_STRUCT(CacheFlushAnswer, (), (pattern, removed, says))

/// Redis, as the composition reaches it.
class CacheKeys {
 public:
  virtual ~CacheKeys() = default;
  virtual bool has_redis() const = 0;
  /// Removes kept answers whose keys, "{u:<user id>}" and a hash, are like `pattern`; how many there were. Errors:
  /// unavailable, deadline_exceeded.
  virtual Task<Result<std::int64_t>> remove(std::string pattern) = 0;
};

Task<Result<CacheAnswer>> read_cache(CacheStore& store, std::vector<CachePolicy> policies, RequestContext& request);
/// For a superadmin. Errors: forbidden.
Task<Result<CacheAnswer>> switch_cache(CacheStore& store, std::vector<CachePolicy> policies, RequestContext& request,
                                       std::optional<bool> is_on);
/// For a superadmin. Without a pattern everything ends, on all nodes and in Redis, within a second; with one what is
/// like it in Redis, and what nodes keep in memory. Errors: forbidden; as of `keys`.
Task<Result<CacheFlushAnswer>> empty_cache(CacheStore& store, CacheKeys& keys, RequestContext& request,
                                           std::optional<std::string> pattern);
/// The same for the worker, who is asked no questions.
Task<Result<CacheFlushAnswer>> flush_cache(CacheStore& store, CacheKeys& keys, RequestContext& request,
                                           std::optional<std::string> pattern);

}  // namespace salesflow::ops
