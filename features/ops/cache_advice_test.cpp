// What made-up figures of a policy say about its time to live.
#include "features/ops/cache_advice.hpp"

#include <gtest/gtest.h>

namespace salesflow::ops {
namespace {

CachePolicyView view(std::int64_t ttl_ms, std::int64_t hit, std::int64_t miss) {
  CachePolicyView made;
  made.policy.name = "lists";
  made.policy.kind = "strict";
  made.policy.ttl_ms = ttl_ms;
  made.hit = hit;
  made.miss = miss;
  return made;
}

std::string told(const CacheAdvice& advice) {
  return advice.action + " " + std::to_string(advice.proposed_ttl_ms);
}

TEST(CacheAdvice, SaysNothingOfWhatIsOffOrHardlyAsked) {
  EXPECT_EQ(told(advise(view(0, 5'000, 5'000))), "keep 0");
  EXPECT_EQ(told(advise(view(30'000, 0, 999))), "keep 30000");
  EXPECT_NE(advise(view(30'000, 0, 999)).says.find("Only 999 questions"), std::string::npos);
}

TEST(CacheAdvice, SwitchesOffWhatHardlyHits) {
  EXPECT_EQ(told(advise(view(30'000, 49, 951))), "off 0");
  EXPECT_EQ(told(advise(view(30'000, 50, 950))), "keep 30000");
  auto joined = view(30'000, 0, 900);
  joined.joined = 100;
  EXPECT_EQ(told(advise(joined)), "keep 30000") << "who waited for another's answer was spared a statement, too";
  auto bypassed = view(30'000, 400, 600);
  bypassed.bypass = 1'000'000;
  EXPECT_EQ(told(advise(bypassed)), "keep 30000") << "while Redis was away";
}

TEST(CacheAdvice, LeavesAloneWhatHitsWell) {
  auto good = view(30'000, 9'500, 500);
  good.expired = 500;
  EXPECT_EQ(told(advise(good)), "keep 30000");
  EXPECT_NE(advise(good).says.find("95 %"), std::string::npos);
}

TEST(CacheAdvice, KnowsThatNoTimeHelpsAgainstWrites) {
  auto busy = view(30'000, 6'000, 4'000);
  busy.invalidated = 2'000;
  busy.expired = 2'000;
  busy.made_ms = 12;
  EXPECT_EQ(told(advise(busy)), "keep 30000");
  EXPECT_NE(advise(busy).says.find("50 % of misses are answers that a write had ended"), std::string::npos);
  EXPECT_EQ(advise(busy).says.find("bounded"), std::string::npos) << "12 ms are not worth a thought";
  busy.made_ms = 400;
  EXPECT_NE(advise(busy).says.find("takes 400 ms"), std::string::npos);
  busy.policy.kind = "bounded";
  EXPECT_EQ(advise(busy).says.find("as a bounded policy"), std::string::npos);
}

TEST(CacheAdvice, ProposesWhenHalfOfTheAnswersWillHaveChanged) {
  auto quiet = view(30'000, 6'000, 4'000);
  quiet.expired = 3'600;
  quiet.invalidated = 400;
  // 30 s * ln 2 / ln(1 + 1/9) = 197.4 s
  EXPECT_EQ(told(advise(quiet)), "longer 197000");
  quiet.invalidated = 0;
  quiet.stale = 400;
  EXPECT_EQ(told(advise(quiet)), "longer 197000") << "changes that were heard of count, too";
  quiet.stale = 0;
  EXPECT_EQ(told(advise(quiet)), "longer 240000") << "nothing changed: eight times what was seen, and no more";
  quiet.policy.ttl_ms = 14'400'000;
  EXPECT_EQ(told(advise(quiet)), "longer 86400000") << "a day at most";
  quiet.policy.ttl_ms = 86'400'000;
  EXPECT_EQ(told(advise(quiet)), "keep 86400000");
  EXPECT_NE(advise(view(500, 600, 400)).says.find("not asked before"), std::string::npos);
}

TEST(CacheAdvice, KeepsATimeThatChangesUse) {
  auto even = view(30'000, 6'000, 4'000);
  even.expired = 2'100;
  even.invalidated = 1'900;
  EXPECT_EQ(told(advise(even)), "keep 30000") << "30 s * ln 2 / ln(1 + 19/21) = 32 s";
  EXPECT_NE(advise(even).says.find("too soon"), std::string::npos);
}

TEST(CacheAdvice, KnowsQuestionsThatAreAskedOnce) {
  auto once = view(30'000, 2'000, 8'000);
  once.expired = 500;
  once.invalidated = 500;
  EXPECT_EQ(told(advise(once)), "keep 30000");
  EXPECT_NE(advise(once).says.find("not asked before"), std::string::npos);
}

}  // namespace
}  // namespace salesflow::ops
