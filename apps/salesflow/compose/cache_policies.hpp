// The cache as features/ops shows it to operators.
#pragma once

#include <span>
#include <vector>

#include "features/ops/cache.hpp"
#include "platform/cache/cache.hpp"

namespace salesflow::apps {

/// With the routes that each serves.
std::vector<ops::CachePolicy> cache_policies(std::span<const cache::Policy> policies);

class CacheKeysInRedis final : public ops::CacheKeys {
 public:
  /// `cache` must outlive it.
  explicit CacheKeysInRedis(cache::Cache& cache) : cache_(cache) {}
  bool has_redis() const override { return cache_.has_redis(); }
  Task<Result<std::int64_t>> remove(std::string pattern) override {
    return cache_.invalidate_pattern(std::move(pattern));
  }

 private:
  cache::Cache& cache_;
};

}  // namespace salesflow::apps
