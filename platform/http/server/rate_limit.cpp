#include "platform/http/server/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace salesflow::http {

TokenBuckets::TokenBuckets(int per_s, int burst, std::size_t keys_max)
    : per_s_(per_s), burst_(burst), keys_per_shard_max_(std::max<std::size_t>(1, keys_max / 16)) {}

void TokenBuckets::make_room(Shard& shard, SteadyTime now) const {
  std::erase_if(shard.buckets, [&](const auto& entry) {
    const double seconds = std::chrono::duration<double>(now - entry.second.at).count();
    return entry.second.tokens + seconds * per_s_ >= burst_;
  });
  if (shard.buckets.size() >= keys_per_shard_max_)
    shard.buckets.clear();
}

RateLimiter::Decision TokenBuckets::admit(std::string_view key, SteadyTime now) {
  Shard& shard = shards_[std::hash<std::string_view>()(key) % shards_.size()];
  const std::lock_guard lock(shard.mutex);
  std::string name(key);
  auto found = shard.buckets.find(name);
  if (found == shard.buckets.end()) {
    if (shard.buckets.size() >= keys_per_shard_max_)
      make_room(shard, now);
    found = shard.buckets.emplace(std::move(name), Bucket{burst_, now}).first;
  }
  Bucket& bucket = found->second;
  if (now > bucket.at) {
    bucket.tokens = std::min(burst_, bucket.tokens + std::chrono::duration<double>(now - bucket.at).count() * per_s_);
    bucket.at = now;
  }
  Decision decision;
  decision.limit = static_cast<int>(burst_);
  decision.admitted = bucket.tokens >= 1;
  if (decision.admitted) {
    bucket.tokens -= 1;
  } else {
    decision.retry_after_s = std::max(1, static_cast<int>(std::ceil((1 - bucket.tokens) / per_s_)));
  }
  decision.remaining = static_cast<int>(bucket.tokens);
  decision.reset_s = static_cast<int>(std::ceil((burst_ - bucket.tokens) / per_s_));
  return decision;
}

}  // namespace salesflow::http
