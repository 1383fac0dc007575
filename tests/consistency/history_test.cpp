#include "tests/consistency/history.hpp"

#include <gtest/gtest.h>

#include "tests/consistency/markers.hpp"

namespace salesflow::consistency {
namespace {

constexpr Nanos ms = milliseconds_of(1);

/// Version 2 acknowledged at 20 ms to session 1, version 3 at 40 ms to session 2.
class Judge : public testing::Test {
 protected:
  Judge() {
    history.acknowledge(history.begin(1, 0, 10 * ms), 20 * ms);
    history.acknowledge(history.begin(2, 1, 30 * ms), 40 * ms);
  }
  History history{"deals 1"};
};

TEST_F(Judge, WhatIsNewestIsGood) {
  EXPECT_TRUE(history.judge({.began = 50 * ms, .seen = 3, .own_floor = 2, .any_floor = 3}).is_good);
}

TEST_F(Judge, OlderThanAnOwnWriteIsNeverAllowed) {
  const auto verdict = history.judge(
      {.began = 25 * ms, .seen = 1, .own_floor = 2, .any_floor = 2, .is_excused = true, .age_max = 30'000 * ms});
  EXPECT_FALSE(verdict.is_good);
  EXPECT_EQ(verdict.rule, Rule::own_write);
  EXPECT_EQ(verdict.age, 5 * ms);
}

TEST_F(Judge, OlderThanAnybodysWriteIsStaleWhereNothingExcusesIt) {
  const auto verdict = history.judge({.began = 50 * ms, .seen = 2, .own_floor = 2, .any_floor = 3});
  EXPECT_FALSE(verdict.is_good);
  EXPECT_EQ(verdict.rule, Rule::stale);
  EXPECT_EQ(verdict.age, 10 * ms);
}

TEST_F(Judge, AWriteThatWasAcknowledgedAfterTheReadBeganMayShowOrNot) {
  EXPECT_TRUE(history.judge({.began = 35 * ms, .seen = 2, .own_floor = 0, .any_floor = 2}).is_good);
  EXPECT_TRUE(history.judge({.began = 35 * ms, .seen = 3, .own_floor = 0, .any_floor = 2}).is_good);
}

TEST_F(Judge, AnExcusedAnswerIsAllowedUpToItsBound) {
  Sight sight{.began = 90 * ms, .seen = 2, .own_floor = 0, .any_floor = 3, .is_excused = true, .age_max = 50 * ms};
  EXPECT_TRUE(history.judge(sight).is_good);
  EXPECT_EQ(history.judge(sight).age, 50 * ms);
  sight.began += ms;
  EXPECT_FALSE(history.judge(sight).is_good);
  EXPECT_EQ(history.judge(sight).rule, Rule::too_old);
}

TEST_F(Judge, TheAgeCountsFromTheFirstWriteThatIsMissing) {
  const auto verdict = history.judge(
      {.began = 90 * ms, .seen = 1, .own_floor = 0, .any_floor = 3, .is_excused = true, .age_max = 60 * ms});
  EXPECT_EQ(verdict.age, 70 * ms) << "version 2 is what it does not show";
  EXPECT_FALSE(verdict.is_good);
}

TEST_F(Judge, AMissingObjectIsOlderThanAll) {
  EXPECT_EQ(history.judge({.began = 50 * ms, .seen = 0, .own_floor = 0, .any_floor = 3}).rule, Rule::stale);
  EXPECT_FALSE(history.judge({.began = 50 * ms, .seen = 0, .own_floor = 0, .any_floor = 1}).is_good);
}

TEST_F(Judge, AVersionThatNobodyHasBegunIsInvented) {
  EXPECT_EQ(history.judge({.began = 50 * ms, .seen = 4, .any_floor = 3}).rule, Rule::invented);
  EXPECT_FALSE(history.judge({.began = 50 * ms, .seen = 4, .any_floor = 3}).is_good);
  history.begin(1, 0, 60 * ms);
  EXPECT_TRUE(history.judge({.began = 50 * ms, .seen = 4, .any_floor = 3}).is_good) << "it may have come to be";
}

TEST_F(Judge, AWriteWithoutAnAnswerMayShowOrNotAlsoLate) {
  const auto open = history.begin(1, 0, 50 * ms);
  history.leave_open(open);
  EXPECT_TRUE(history.judge({.began = 60 * ms, .seen = 3, .own_floor = 2, .any_floor = 3}).is_good);
  EXPECT_TRUE(history.judge({.began = 60 * ms, .seen = open, .own_floor = 2, .any_floor = 3}).is_good);
  const auto next = history.begin(1, 0, 70 * ms);
  EXPECT_EQ(history.acknowledge(next, 80 * ms), next);
  EXPECT_TRUE(history.judge({.began = 90 * ms, .seen = open, .own_floor = next, .any_floor = next}).is_good)
      << "a node that stood still may have sent it only now";
  EXPECT_FALSE(history.judge({.began = 90 * ms, .seen = 3, .own_floor = 2, .any_floor = next}).is_good)
      << "but nothing brings back what was acknowledged before";
}

TEST_F(Judge, ARefusedWriteIsNoWrite) {
  const auto refused = history.begin(1, 0, 50 * ms);
  history.refuse(refused);
  EXPECT_TRUE(history.judge({.began = 60 * ms, .seen = 3, .own_floor = 2, .any_floor = 3}).is_good);
  const auto next = history.begin(1, 0, 70 * ms);
  history.acknowledge(next, 80 * ms);
  EXPECT_FALSE(history.judge({.began = 90 * ms, .seen = refused, .any_floor = next}).is_good);
}

TEST_F(Judge, OneWriterAtATime) {
  EXPECT_TRUE(history.claim());
  EXPECT_FALSE(history.claim());
  history.release();
  EXPECT_TRUE(history.claim());
}

TEST_F(Judge, TheStoryNamesWhoWroteWhatAndWhen) {
  history.leave_open(history.begin(7, 1, 50 * ms));
  const std::string story = history.story(2, 60 * ms);
  EXPECT_NE(story.find("version 3: session 2 through node 1, sent -30.0 ms, acknowledged -20.0 ms"), std::string::npos)
      << story;
  EXPECT_NE(story.find("version 4: session 7 through node 1, sent -10.0 ms, outcome unknown"), std::string::npos);
}

TEST(JudgeOfCounters, CountsWhatWasAcknowledgedInAnyOrder) {
  History counter("events of 1", History::Kind::counter);
  const auto first = counter.begin(1, 0, 10 * ms), second = counter.begin(2, 1, 11 * ms);
  EXPECT_EQ(counter.acknowledge(second, 20 * ms), 2) << "its session counts on itself and what came before";
  EXPECT_EQ(counter.floor(), 2);
  EXPECT_TRUE(counter.judge({.began = 25 * ms, .seen = 3, .own_floor = 0, .any_floor = 2}).is_good);
  EXPECT_EQ(counter.judge({.began = 25 * ms, .seen = 1, .own_floor = 2, .any_floor = 2}).rule, Rule::own_write);
  counter.acknowledge(first, 30 * ms);
  const auto stale = counter.judge({.began = 45 * ms, .seen = 2, .own_floor = 2, .any_floor = 3});
  EXPECT_EQ(stale.rule, Rule::stale);
  EXPECT_EQ(stale.age, 15 * ms);
  EXPECT_FALSE(stale.is_good);
  EXPECT_EQ(counter.judge({.began = 45 * ms, .seen = 4, .any_floor = 3}).rule, Rule::invented);
}

TEST(JudgeOfCounters, AnOwnWriteBringsWhatWasAcknowledgedBeforeItBegan) {
  History counter("events of 1", History::Kind::counter);
  counter.acknowledge(counter.begin(1, 0, 10 * ms), 20 * ms);
  EXPECT_EQ(counter.acknowledge(counter.begin(2, 0, 30 * ms), 40 * ms), 3);
}

TEST(Markers, AreFoundInAnyText) {
  std::string found;
  const auto note = [&](std::uint64_t object, std::uint64_t version) {
    found += std::to_string(object) + ":" + std::to_string(version) + " ";
  };
  for_each_marker(R"([{"title":")" + marker(12, 34) + R"(","x":"~"},{"title":"Deal )" + marker(7, 1) + marker(8, 2) +
                      R"( ~1v~ ~v2~ ~3v4"}])",
                  note);
  EXPECT_EQ(found, "12:34 7:1 8:2 ");
}

TEST(Markers, NumbersStandBehindTheirKey) {
  const std::string body = R"({"due":{"count":3},"overdue":{"count":17,"capped":false}})";
  EXPECT_EQ(number_behind(body, "\"count\":"), 3);
  EXPECT_EQ(number_behind(body, "\"count\":", "\"overdue\":"), 17);
  EXPECT_EQ(number_behind(body, "\"total\":"), std::nullopt);
  EXPECT_EQ(number_behind(body, "\"count\":", "\"total\":"), std::nullopt);
}

}  // namespace
}  // namespace salesflow::consistency
