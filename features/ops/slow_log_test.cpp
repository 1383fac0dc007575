// What the slow log keeps, and what its lines look like.
#include "features/ops/slow_log.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace salesflow::ops {
namespace {

SlowRequest slow(std::string id) {
  SlowRequest request;
  request.at = TimePoint(std::chrono::seconds(1'700'000'000));
  request.request = std::move(id);
  request.route = "/api/leads/{lead_id}";
  request.took_ms = 812.5;
  request.parameters = {{"lead_id", "uuid", 36}};
  request.queries.emplace_back();
  request.queries.back().query = "leads.get_lead";
  return request;
}

TEST(SlowLog, KeepsTheLastHundredNewestFirstAndCountsAll) {
  SlowLog log("node", std::chrono::milliseconds(500));
  for (int i = 1; i <= 130; ++i)
    log.add(slow(std::to_string(i)));
  const SlowAnswer answer = log.read();
  EXPECT_EQ(answer.seen, 130);
  EXPECT_EQ(answer.threshold_ms, 500);
  ASSERT_EQ(answer.requests.size(), 100u);
  EXPECT_EQ(answer.requests.front().request, "130");
  EXPECT_EQ(answer.requests.back().request, "31");
}

TEST(SlowLog, APlanJoinsItsRequestAndOneOfARequestThatIsGoneIsOnlyALine) {
  SlowLog log("node", std::chrono::milliseconds(500));
  log.add(slow("a"));
  SlowPlan plan;
  plan.query = "leads.get_lead";
  plan.buffers = 7;
  log.add_plan("a", plan);
  log.add_plan("gone", plan);
  ASSERT_TRUE(log.read().requests.front().plan.has_value());
  EXPECT_EQ(log.read().requests.front().plan->buffers, 7);
  EXPECT_EQ(log.read().seen, 1);
}

TEST(SlowLog, ALineIsOneJsonObjectWithTimeLevelAndEventInFront) {
  const std::string line = slow_line(slow("a\"b"));
  EXPECT_TRUE(line.starts_with(R"({"time":"2023-11-14T22:13:20.000000Z","level":"warn","event":"request_slow",)"));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto object = boost::json::parse(line);
  EXPECT_EQ(object.at("request").as_string(), "a\"b");
  EXPECT_EQ(object.at("queries").at(0).at("query").as_string(), "leads.get_lead");
  SlowPlan plan;
  plan.plan = "Limit\n  ->  Index Scan";
  const auto told = boost::json::parse(slow_line("x", TimePoint(), plan));
  EXPECT_EQ(told.at("event").as_string(), "slow_plan");
  EXPECT_EQ(told.at("plan").as_string(), plan.plan);
}

}  // namespace
}  // namespace salesflow::ops
