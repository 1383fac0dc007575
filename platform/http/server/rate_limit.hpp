// Token buckets by user or address.
#pragma once

#include <array>
#include <mutex>
#include <string>
#include <unordered_map>

#include "platform/http/toolkit/rate_limiter.hpp"

namespace salesflow::http {

/// Thread-safe, shared by all threads; 16 shards with a lock each. At most keys_max buckets: full buckets are dropped
/// first, then the shard is emptied (a client then starts anew, which errs on the client's side).
class TokenBuckets final : public RateLimiter {
 public:
  TokenBuckets(int per_s, int burst, std::size_t keys_max = 100'000);
  Decision admit(std::string_view key, SteadyTime now) override;

 private:
  struct Bucket {
    double tokens;
    SteadyTime at;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Bucket> buckets;
  };
  void make_room(Shard& shard, SteadyTime now) const;

  double per_s_;
  double burst_;
  std::size_t keys_per_shard_max_;
  std::array<Shard, 16> shards_;
};

}  // namespace salesflow::http
