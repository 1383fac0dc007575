// What a policy's figures say about its time to live.
#pragma once

#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "features/ops/cache.hpp"

namespace salesflow::ops {

struct CacheAdvice {
  std::string policy;
  std::string action;  // keep | longer | off
  std::int64_t ttl_ms = 0;
  std::int64_t proposed_ttl_ms = 0;  // the same for keep, 0 for off
  std::string says;
};
BOOST_DESCRIBE_STRUCT(CacheAdvice, (), (policy, action, ttl_ms, proposed_ttl_ms, says))

/// What `salesflow cache advise --json` answers.
struct CacheAdviceAnswer {
  std::vector<CacheAdvice> policies;
};
BOOST_DESCRIBE_STRUCT(CacheAdviceAnswer, (), (policies))

inline constexpr std::int64_t advice_asked_min = 1'000;        // fewer questions say nothing
inline constexpr double advice_hits_min = 0.05;                // below it the cache costs more than it saves
inline constexpr double advice_misses_few = 0.10;              // below it nothing is to be gained
inline constexpr int advice_growth_max = 8;                    // times the time to live that was measured
inline constexpr std::int64_t advice_ttl_ms_max = 86'400'000;  // 24 h
inline constexpr double advice_slow_ms = 200;                  // an answer that is worth a thought

/// By the questions that the cache took on, n = hit + stale + joined + miss, and by what ended kept answers: their time
/// (E = expired) or a write (W = invalidated + stale). The first rule that fits:
///   1. no time to live: keep; n < 1,000: keep, nothing can be said.
///   2. (hit + stale + joined) / n < 5 %: off.
///   3. miss / n < 10 %: keep, it does what it can.
///   4. invalidated >= miss / 2: keep. No time to live keeps an answer that a write ends. Where making one takes 200 ms
///      or more and the policy is strict, it says that a bounded one would spare readers the wait.
///   5. expired >= miss / 2: changes come at random, so that of answers that lived for T a share W / (W + E) was
///   changed
///      within T: their mean time between changes is M = T / ln(1 + W / E). The proposal is M * ln 2, by which half of
///      the answers have changed, but at most 8 T, since no more was seen, and at most 24 h, in whole seconds: longer
///      when that is at least 1.5 T, else keep.
///   6. keep: most misses are questions that are asked once.
CacheAdvice advise(const CachePolicyView& view);

}  // namespace salesflow::ops
