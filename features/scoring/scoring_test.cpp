#include "features/scoring/scoring.hpp"

#include <gtest/gtest.h>

#include "features/scoring/store.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::scoring {
namespace {

using namespace std::chrono_literals;
using test::run_task;

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

Situation situation(std::optional<double> p_score, std::string_view status, int inbound, int outbound,
                    std::optional<std::chrono::hours> age, std::string_view channel = "email") {
  Situation made{p_score, status, inbound, outbound, {}, channel};
  if (age)
    made.last_event_at = now - *age;
  return made;
}

TEST(ChooseAction, TakesTheFirstRuleThatFits) {
  struct Case {
    Situation given;
    std::string_view action;
    int priority;
  };
  const Case cases[] = {
      {situation(99, "proposal", 0, 0, {}), "call_script", 5},
      {situation({}, "", 0, 0, {}), "call_script", 3},
      {situation(99, "proposal", 9, 1, 23h), "wait", 5},
      {situation(99, "proposal", 9, 1, -2h), "wait", 5},
      {situation(75, "PROPOSAL", 3, 1, 24h), "closing_helper", 4},
      {situation(80, "Negotiation", 3, 1, 24h), "closing_helper", 5},
      {situation(75, "contacted", 3, 1, 24h), "offer_create", 4},
      {situation(75, "proposal", 2, 1, 24h), "follow_up", 4},
      {situation(74.99, "proposal", 3, 1, 24h), "follow_up", 4},
      {situation(60, "new", 3, 1, 24h), "follow_up", 4},
      {situation(59.99, "new", 3, 1, 24h), "follow_up", 3},
      {situation(40, "new", 0, 2, 71h), "research_person", 3},
      {situation(40, "new", 0, 2, 72h), "follow_up", 3},
      {situation(40, "new", 1, 2, 30h), "follow_up", 3},
      {situation({}, "new", 0, 2, 30h), "research_person", 3},
      {situation(39.99, "proposal", 9, 9, 24h), "nurture", 2},
      {situation(20, "new", 0, 1, 24h), "nurture", 2},
      {situation(19, "new", 0, 1, 24h), "nurture", 1},
  };
  for (const Case& c : cases) {
    const auto chosen = choose_action(c.given, now);
    EXPECT_EQ(chosen.action_key, c.action) << c.given.p_score.value_or(-1) << ' ' << c.given.status;
    EXPECT_EQ(chosen.priority, c.priority) << c.action;
    EXPECT_FALSE(chosen.reason.empty());
  }
}

TEST(ChooseAction, SuggestsTheNewestChannelAndWhatsappForInternalOnes) {
  EXPECT_EQ(choose_action(situation(50, "new", 1, 0, 30h, "linkedin"), now).suggested_channel, "linkedin");
  EXPECT_EQ(choose_action(situation(50, "new", 1, 0, 30h, "internal"), now).suggested_channel, "whatsapp");
  EXPECT_EQ(choose_action(situation(50, "new", 0, 0, {}, ""), now).suggested_channel, "whatsapp");
}

TEST(ChooseAction, TellsWhatItLookedAt) {
  const auto chosen = choose_action(situation({}, "New", 2, 5, 80h), now);
  EXPECT_EQ(chosen.meta.p_score, 50);
  EXPECT_EQ(chosen.meta.inbound_count, 2);
  EXPECT_EQ(chosen.meta.outbound_count, 5);
  EXPECT_EQ(chosen.meta.days_since_last, 3);
  EXPECT_EQ(chosen.meta.status, "New");
  EXPECT_FALSE(choose_action(situation(50, "", 0, 0, {}), now).meta.days_since_last);
}

TEST(ExplainScore, NamesEveryPart) {
  const ScoreRow score{Uuid{}, 65, "up", 2, 3, 1, 50, 15, 0, 40.0};
  const Factors factors = explain_score(score);
  EXPECT_EQ(factors.bonuses,
            (std::vector<std::string>{"+10: a message came in within 7 days", "+20: further messages within 14 days",
                                      "+15: status interested, qualified or proposal"}));
  EXPECT_TRUE(factors.penalties.empty());
  EXPECT_TRUE(factors.has_recent_activity);
  EXPECT_EQ(factors.diff, 25);
  const Factors silent = explain_score({Uuid{}, 0, "flat", 0, 0, 4, 20, -20, -10, {}});
  EXPECT_EQ(silent.penalties.size(), 3u);
  EXPECT_TRUE(silent.has_recent_activity) << "ours is one";
  EXPECT_FALSE(explain_score({Uuid{}, 20, "flat", 0, 3, 0, 20, 0, 0, {}}).has_recent_activity);
  EXPECT_TRUE(silent.bonuses.empty());
  EXPECT_EQ(silent.diff, 0);
  const Factors many = explain_score({Uuid{}, 90, "flat", 1, 40, 0, 90, 0, 0, 90.0});
  EXPECT_EQ(many.bonuses.at(1), "+60: further messages within 14 days");
}

TEST(Stand, FollowsTheBoundsOfTheContract) {
  const auto at = [](std::optional<double> p, std::optional<double> v = {},
                     std::optional<std::string_view> stage = {}) {
    return stand({Uuid{}, p, v, {}, {}, stage});
  };
  EXPECT_EQ(at(80, 70).lead_temperature, "hot_verified");
  EXPECT_EQ(at(80, 69.9).lead_temperature, "hot");
  EXPECT_EQ(at(80).priority, 4);
  EXPECT_EQ(at(80, {}, "purchase").priority, 5);
  EXPECT_EQ(at(79.9, {}, "purchase").priority, 3);
  EXPECT_EQ(at(60).lead_temperature, "warm");
  EXPECT_EQ(at(40).lead_temperature, "cool");
  EXPECT_EQ(at(39).lead_temperature, "cold");
  EXPECT_EQ(at({}).lead_temperature, "cold");
}

/// Answers what a test put in; counts calls.
class FakeStore final : public Store {
 public:
  int calls = 0;
  std::optional<SituationRow> situation;
  std::vector<SituationRow> situations;

  Task<Result<OneRow<ScoreRow>>> score_lead(RequestContext&, Uuid, TimePoint) override {
    ++calls;
    co_return OneRow<ScoreRow>{};
  }
  Task<Result<OneRow<BatchRow>>> recalc_scores(RequestContext&, TimePoint, TimePoint, std::int64_t) override {
    ++calls;
    co_return OneRow<BatchRow>{};
  }
  Task<Result<OneRow<SituationRow>>> read_next_action(RequestContext&, Subject subject, Uuid, TimePoint) override {
    ++calls;
    asked = subject;
    co_return OneRow<SituationRow>{situation, {}};
  }
  Task<Result<RowSet<SituationRow>>> list_next_actions(RequestContext&, TimePoint, std::int64_t) override {
    co_return RowSet<SituationRow>{situations, {}};
  }
  Task<Result<OneRow<LeadScoreRow>>> read_lead_score(RequestContext&, Uuid) override {
    co_return OneRow<LeadScoreRow>{};
  }
  Task<Result<std::int64_t>> count_leads(RequestContext&) override { co_return 0; }
  Task<Result<RowSet<OwnerRow>>> list_lead_owners(RequestContext&) override { co_return RowSet<OwnerRow>{}; }
  Subject asked = Subject::lead;
};

struct ScoringRules : testing::Test {
  FakeStore store;
  Scoring scoring{store, +[] { return now; }};
  RequestContext request;
};

TEST_F(ScoringRules, RefuseALimitWithoutTouchingTheStore) {
  for (const std::int64_t limit : {0, -1, 5001})
    EXPECT_EQ(run_task(scoring.recalculate(request, limit)).error().code, Errc::invalid_argument) << limit;
  EXPECT_EQ(run_task(scoring.next_action(request, {}, {})).error().errors.at(0).field, "lead_id");
  EXPECT_EQ(store.calls, 0);
  for (const std::int64_t limit : {1, 5000})
    EXPECT_TRUE(run_task(scoring.recalculate(request, limit))) << limit;
}

TEST_F(ScoringRules, AnUnknownLeadOrContactIsNamed) {
  EXPECT_EQ(run_task(scoring.calculate(request, Uuid::v7())).error().code, Errc::not_found);
  EXPECT_EQ(run_task(scoring.lead_score(request, Uuid::v7())).error().code, Errc::not_found);
  EXPECT_EQ(run_task(scoring.next_action(request, Uuid::v7(), {})).error().errors.at(0).field, "lead_id");
  EXPECT_EQ(run_task(scoring.next_action(request, {}, Uuid::v7())).error().errors.at(0).field, "contact_id");
  EXPECT_EQ(store.asked, Subject::contact);
}

TEST_F(ScoringRules, RecommendationsComeByPriority) {
  for (const double p : {10.0, 85.0, 45.0, 90.0})
    store.situations.push_back({Uuid::v7(), "name", p, "new", 0, 0, {}, {}});
  const auto chosen = run_task(scoring.next_actions(request, 10)).value();
  std::vector<double> order;
  for (const auto& recommendation : chosen)
    order.push_back(*recommendation.lead.p_score);
  EXPECT_EQ(order, (std::vector{85.0, 90.0, 45.0, 10.0}));
}

}  // namespace
}  // namespace salesflow::scoring
