// The scoring store on a real PostgreSQL: scores as computed anew in C++, what a batch writes, batches at once.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "features/scoring/store.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::scoring {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using test::run_task;

class ScoringStore : public testing::TestWithParam<PoolMode> {
 protected:
  ScoringStore() {
    account_ = database_.create_account("anna@example.com");
    request_.identity.user_id = account_.user_id;
    request_.identity.org_id = account_.org_id;
    request_.deadline = std::chrono::steady_clock::now() + 60s;
  }
  ~ScoringStore() override {
    auto drain = [](postgres::Database& db) -> Task<bool> {
      co_await db.drain(std::chrono::steady_clock::now() + 2s);
      co_return true;
    };
    run_task(context_, drain(db_));
  }
  Uuid add_lead(const std::string& columns = "", const std::string& values = "") {
    const Uuid id = Uuid::v7();
    database_.run("INSERT INTO leads (id, user_id, name" + columns + ") VALUES ($1, $2, 'Lead'" + values + ")",
                  {id.to_string(), account_.user_id.to_string()});
    return id;
  }
  void add_event(Uuid contact_id, const std::string& direction, const std::string& age,
                 const std::string& channel = "email") {
    database_.run(
        "INSERT INTO message_events (user_id, contact_id, channel, direction, normalized_text, created_at) VALUES ($1, "
        "$2, $3, $4, 'x', now() - $5::interval)",
        {account_.user_id.to_string(), contact_id.to_string(), channel, direction, age});
  }
  BatchRow recalc(std::int64_t limit, TimePoint before = time_infinity) {
    const auto batch = run_task(context_, store_->recalc_scores(request_, system_now(), before, limit));
    EXPECT_TRUE(batch) << batch.error().log_detail;
    return batch->row.value();
  }
  /// xmin of each lead: who wrote the row last.
  std::map<std::string, std::string> writers() {
    std::map<std::string, std::string> found;
    const auto rows = database_.run("SELECT id, xmin FROM leads");
    for (std::size_t i = 0; i < rows.rows.size(); ++i)
      found[rows.value(i, 0)] = rows.value(i, 1);
    return found;
  }

  test::TestDatabase database_;
  test::TestDatabase::Account account_;
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, test::pool_settings(database_, GetParam())};
  std::unique_ptr<Store> store_ = make_pg_store(db_);
  RequestContext request_;
};

/// Contract 2.3, written down a second time.
struct Heuristic {
  int in7 = 0, in14 = 0, out14 = 0;
  std::string status;
  int temperature = 50;

  int score() const {
    int score = 20;
    if (in7 >= 1)
      score += 10;
    if (in14 > 1)
      score += std::min((in14 - 1) * 10, 60);
    if (out14 > 0 && in14 == 0)
      score = std::min(score, 40);
    std::string upper = status;
    for (char& c : upper)
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (upper == "INTERESTED" || upper == "QUALIFIED" || upper == "PROPOSAL")
      score += 15;
    if (upper == "GHOSTING" || upper == "LOST" || upper == "INACTIVE")
      score -= 20;
    if (temperature >= 80)
      score += 10;
    else if (temperature <= 20)
      score -= 10;
    return std::clamp(score, 0, 100);
  }
};

TEST_P(ScoringStore, ABatchEqualsTheHeuristicOverRandomLeads) {
  std::mt19937 random(7);
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  const std::vector<std::string> statuses{"new",      "INTERESTED", "Qualified", "proposal", "lost",
                                          "Ghosting", "inactive",   "won",       "contacted"};
  const std::vector<std::pair<std::string, int>> temperatures{{"hot", 85}, {"cold", 15}, {"warm", 50}};
  std::map<std::string, std::pair<Heuristic, std::optional<int>>> expected;
  const auto other = database_.create_account("ben@example.com");
  for (int i = 0; i < 60; ++i) {
    Heuristic lead;
    lead.status = statuses[static_cast<std::size_t>(pick(9))];
    const auto& temperature = temperatures[static_cast<std::size_t>(pick(3))];
    lead.temperature = temperature.second;
    const std::optional<int> old = pick(3) == 0 ? std::nullopt : std::optional(pick(101));
    const Uuid id = add_lead(", status, temperature, p_score", ", '" + lead.status + "', '" + temperature.first +
                                                                   "', " + (old ? std::to_string(*old) : "NULL"));
    Uuid contact = Uuid::v7();
    database_.run("INSERT INTO contacts (id, org_id, name, lead_id) VALUES ($1, $2, 'Contact', $3)",
                  {contact.to_string(), account_.org_id.to_string(), id.to_string()});
    const int events = pick(12);
    for (int e = 0; e < events; ++e) {
      const int hours = pick(24 * 20);
      const bool inbound = pick(2) == 0;
      add_event(pick(2) == 0 ? id : contact, inbound ? "inbound" : "outbound",
                std::to_string(hours) + " hours 30 minutes");
      const bool within14 = hours < 14 * 24, within7 = hours < 7 * 24;
      lead.in7 += inbound && within7 ? 1 : 0;
      lead.in14 += inbound && within14 ? 1 : 0;
      lead.out14 += !inbound && within14 ? 1 : 0;
    }
    // Another user's message about the same person is none of ours.
    database_.run(
        "INSERT INTO message_events (user_id, contact_id, channel, direction, normalized_text) VALUES ($1, $2, "
        "'email', "
        "'inbound', 'x')",
        {other.user_id.to_string(), id.to_string()});
    expected[id.to_string()] = {lead, old};
  }
  const BatchRow batch = recalc(100);
  EXPECT_EQ(batch.total_leads, 60);
  EXPECT_EQ(batch.leads_scored, 60);
  std::int64_t hot = 0, warm = 0, sum = 0;
  for (const auto& [id, lead] : expected) {
    const auto row =
        database_.run("SELECT p_score::int, p_score_trend, last_scored_at IS NOT NULL FROM leads WHERE id = $1", {id});
    const int score = lead.first.score();
    sum += score;
    hot += score >= 80 ? 1 : 0;
    warm += score >= 50 && score < 80 ? 1 : 0;
    EXPECT_EQ(row.integer(), score) << id;
    const int diff = score - lead.second.value_or(score);
    if (diff != 0 || !lead.second) {
      EXPECT_EQ(row.value(0, 1), diff >= 5 ? "up" : diff <= -5 ? "down" : "flat") << id;
    }
    // Each alone gives the same.
    const auto alone = run_task(context_, store_->score_lead(request_, *Uuid::parse(id), system_now()));
    ASSERT_TRUE(alone && *alone);
    EXPECT_EQ((*alone)->p_score, score);
    EXPECT_EQ((*alone)->inbound_7d, lead.first.in7);
    EXPECT_EQ((*alone)->inbound_14d, lead.first.in14);
    EXPECT_EQ((*alone)->outbound_14d, lead.first.out14);
  }
  EXPECT_EQ(batch.hot, hot);
  EXPECT_EQ(batch.warm, warm);
  EXPECT_EQ(batch.cold, 60 - hot - warm);
  EXPECT_NEAR(batch.avg_score.value(), static_cast<double>(sum) / 60, 0.005);
}

TEST_P(ScoringStore, ABatchWritesOnlyLeadsWhoseScoreOrTrendChanged) {
  std::vector<Uuid> leads;
  for (int i = 0; i < 10; ++i)
    leads.push_back(add_lead());
  EXPECT_EQ(recalc(100).leads_changed, 10);
  const auto before = writers();
  EXPECT_EQ(recalc(100).leads_changed, 0);
  EXPECT_EQ(writers(), before);
  add_event(leads[3], "inbound", "1 hour");
  EXPECT_EQ(recalc(100).leads_changed, 1);
  auto after = writers();
  EXPECT_NE(after[leads[3].to_string()], before.at(leads[3].to_string()));
  after[leads[3].to_string()] = before.at(leads[3].to_string());
  EXPECT_EQ(after, before);
  EXPECT_EQ(recalc(100).leads_changed, 1) << "the trend goes back from up to flat";
  EXPECT_EQ(recalc(100).leads_changed, 0);
}

TEST_P(ScoringStore, TheOldestScoresComeFirstAndNoLeadIsForgotten) {
  std::map<std::string, int> place;
  for (const int days : {5, 1, 9, 3, 7}) {
    const Uuid id = add_lead(", p_score, p_score_trend, last_scored_at",
                             ", 20, 'flat', now() - interval '" + std::to_string(days) + " days'");
    place[id.to_string()] = days;
  }
  const Uuid undated = add_lead(", p_score", ", 20");
  const Uuid fresh = add_lead();
  const auto looked_at = [&] {
    std::set<std::string> ids;
    const auto rows = database_.run("SELECT lead_id FROM lead_scorings WHERE scored_at > now() - interval '1 hour'");
    for (std::size_t i = 0; i < rows.rows.size(); ++i)
      ids.insert(rows.value(i, 0));
    return ids;
  };
  std::set<std::string> due;
  const auto expect_next = [&](const std::string& id) {
    due.insert(id);
    EXPECT_EQ(recalc(1).leads_scored, 1);
    EXPECT_EQ(looked_at(), due);
  };
  expect_next(fresh.to_string());
  expect_next(undated.to_string());
  for (const int days : {9, 7, 5, 3, 1}) {
    for (const auto& [id, age] : place) {
      if (age == days)
        expect_next(id);
    }
  }
  EXPECT_EQ(database_
                .run("SELECT count(*) FROM leads WHERE row_version > 1 AND id = ANY ($1::uuid[])",
                     {"{" + place.begin()->first + "}"})
                .integer(),
            0)
      << "unchanged leads advance without being written";
  const auto began = system_now();
  EXPECT_EQ(recalc(100, began).leads_scored, 7);
  EXPECT_EQ(recalc(100, began).leads_scored, 0) << "all were looked at since";
}

TEST_P(ScoringStore, WhoWritesAScoreOutsideMovesTheLeadBackInLine) {
  const Uuid a = add_lead(), b = add_lead();
  recalc(10);
  database_.run("UPDATE leads SET last_scored_at = now() - interval '1 day' WHERE id = $1", {b.to_string()});
  recalc(1);
  EXPECT_EQ(database_.run("SELECT lead_id FROM lead_scorings ORDER BY scored_at DESC LIMIT 1").value(), b.to_string());
  ASSERT_TRUE(run_task(context_, store_->score_lead(request_, a, system_now())));
  EXPECT_EQ(database_.run("SELECT lead_id FROM lead_scorings ORDER BY scored_at DESC LIMIT 1").value(), a.to_string());
  database_.run("DELETE FROM leads WHERE id = $1", {a.to_string()});
  EXPECT_EQ(database_.run("SELECT count(*) FROM lead_scorings").integer(), 1);
}

TEST_P(ScoringStore, TwoBatchesAtOnceTakeDifferentLeadsAndNeitherWaits) {
  for (int i = 0; i < 20; ++i)
    add_lead(i < 10 ? ", p_score" : "", i < 10 ? ", 50" : "");
  // A batch that is still open holds ten leads, five of each kind.
  const std::string tenant = "BEGIN; SELECT set_config('app.user_id', '" + account_.user_id.to_string() +
                             "', true), set_config('app.org_id', '" + account_.org_id.to_string() + "', true)";
  database_.run_as(test::Login::app, tenant);
  database_.run_as(test::Login::app,
                   "SELECT lead_id FROM lead_scorings ORDER BY scored_at, lead_id LIMIT 5 FOR NO KEY UPDATE");
  database_.run_as(test::Login::app,
                   "SELECT id FROM leads WHERE p_score IS NULL ORDER BY id LIMIT 5 FOR NO KEY UPDATE");
  const TimePoint before = system_now();
  EXPECT_EQ(recalc(100).leads_scored, 10);
  database_.run_as(test::Login::app, "ROLLBACK");
  EXPECT_EQ(recalc(100, before).leads_scored, 10) << "what was held is still due";
}

TEST_P(ScoringStore, ALeadThatSomebodyEditsIsLeftForTheNextBatchOfItsScore) {
  const Uuid lead = add_lead(", p_score, last_scored_at", ", 90, now()");
  database_.run_as(test::Login::app,
                   "BEGIN; SELECT set_config('app.user_id', '" + account_.user_id.to_string() + "', true)");
  database_.run_as(test::Login::app, "SELECT id FROM leads WHERE id = $1 FOR NO KEY UPDATE", {lead.to_string()});
  EXPECT_EQ(recalc(10).leads_changed, 0);
  database_.run_as(test::Login::app, "ROLLBACK");
  EXPECT_EQ(recalc(10).leads_changed, 1);
}

TEST_P(ScoringStore, AnotherUsersLeadsAreNeitherScoredNorSeen) {
  const Uuid lead = add_lead();
  const auto ben = database_.create_account("ben@example.com");
  request_.identity.user_id = ben.user_id;
  request_.identity.org_id = ben.org_id;
  EXPECT_EQ(recalc(100).leads_scored, 0);
  EXPECT_FALSE(run_task(context_, store_->score_lead(request_, lead, system_now())).value().row.has_value());
  EXPECT_FALSE(run_task(context_, store_->read_lead_score(request_, lead)).value().row.has_value());
  for (const Subject subject : {Subject::lead, Subject::contact})
    EXPECT_FALSE(
        run_task(context_, store_->read_next_action(request_, subject, lead, system_now())).value().row.has_value());
  EXPECT_TRUE(run_task(context_, store_->list_next_actions(request_, system_now(), 50)).value().rows.empty());
  EXPECT_EQ(database_.run("SELECT count(*) FROM leads WHERE p_score IS NOT NULL").integer(), 0);
}

TEST_P(ScoringStore, TheNextActionSeesTheNewestTwentyMessagesOfTheLeadAndItsContacts) {
  const Uuid lead = add_lead(", status", ", 'proposal'");
  const Uuid contact = Uuid::v7();
  database_.run("INSERT INTO contacts (id, org_id, name, lead_id) VALUES ($1, $2, 'Contact', $3)",
                {contact.to_string(), account_.org_id.to_string(), lead.to_string()});
  for (int i = 0; i < 15; ++i) {
    add_event(lead, "inbound", std::to_string(30 + i) + " hours", "email");
    add_event(contact, "outbound", std::to_string(29 + i) + " hours 30 minutes", "linkedin");
  }
  add_event(lead, "inbound", "15 days");
  auto found = run_task(context_, store_->read_next_action(request_, Subject::lead, lead, system_now())).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->inbound_count, 10);
  EXPECT_EQ(found->outbound_count, 10);
  EXPECT_EQ(found->last_channel, "linkedin");
  EXPECT_EQ(found->status, "proposal");
  found = run_task(context_, store_->read_next_action(request_, Subject::contact, contact, system_now())).value();
  EXPECT_EQ(found->inbound_count, 0);
  EXPECT_EQ(found->outbound_count, 15);
  EXPECT_EQ(found->lead_id, lead) << "the contact's lead";
  found = run_task(context_, store_->read_next_action(request_, Subject::contact, lead, system_now())).value();
  EXPECT_EQ(found->inbound_count, 15) << "old clients send a lead's id as a contact's";
  const auto batch = run_task(context_, store_->list_next_actions(request_, system_now(), 10)).value();
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch.rows[0].inbound_count, 10);
  EXPECT_EQ(batch.rows[0].name, "Lead");
}

TEST_P(ScoringStore, TheNextActionForgetsAfterFourteenDaysAndCountsNoMessageTwice) {
  const Uuid lead = add_lead();
  // Found data may hold a contact that is its lead.
  database_.run("INSERT INTO contacts (id, org_id, name, lead_id) VALUES ($1, $2, 'Contact', $1)",
                {lead.to_string(), account_.org_id.to_string()});
  add_event(lead, "inbound", "14 days 1 hour", "linkedin");
  const auto both = [&] {
    const auto alone =
        run_task(context_, store_->read_next_action(request_, Subject::lead, lead, system_now())).value();
    const auto batch = run_task(context_, store_->list_next_actions(request_, system_now(), 10)).value();
    EXPECT_EQ(alone->inbound_count, batch.rows.at(0).inbound_count);
    EXPECT_EQ(alone->last_channel, batch.rows.at(0).last_channel);
    return alone->inbound_count;
  };
  EXPECT_EQ(both(), 0);
  add_event(lead, "inbound", "13 days 23 hours", "email");
  add_event(lead, "inbound", "1 hour", "linkedin");
  EXPECT_EQ(both(), 2);
}

TEST_P(ScoringStore, TheBatchOfActionsTakesTheBestScoresAndThenTheNewestUnscored) {
  const Uuid low = add_lead(", p_score", ", 10"), high = add_lead(", p_score", ", 90"),
             as_high = add_lead(", p_score", ", 90");
  add_lead();
  const Uuid newest = add_lead();
  const auto rows = run_task(context_, store_->list_next_actions(request_, system_now(), 4)).value();
  std::vector<Uuid> ids;
  for (const auto& row : rows)
    ids.push_back(row.lead_id.value());
  EXPECT_EQ(ids, (std::vector{as_high, high, low, newest}));
}

TEST_P(ScoringStore, ScoresAreTheNewestOfEachKindAndAbsentWhereNobodyMeasured) {
  const Uuid lead = add_lead(", p_score", ", 82.5");
  auto found = run_task(context_, store_->read_lead_score(request_, lead)).value();
  EXPECT_EQ(found->p_score, 82.5);
  EXPECT_FALSE(found->v_score || found->e_score || found->i_score || found->intent_stage);
  for (const std::string row : {"lead_verifications (v_score", "lead_enrichments (e_score", "lead_intents (i_score"}) {
    database_.run("INSERT INTO " + row +
                      ", user_id, lead_id, created_at) VALUES (10, $1, $2, now() - interval '1 day'), "
                      "(70.25, $1, $2, now())",
                  {account_.user_id.to_string(), lead.to_string()});
  }
  database_.run("UPDATE lead_intents SET intent_stage = 'purchase'");
  found = run_task(context_, store_->read_lead_score(request_, lead)).value();
  EXPECT_EQ(found->v_score, 70.25);
  EXPECT_EQ(found->e_score, 70.25);
  EXPECT_EQ(found->i_score, 70.25);
  EXPECT_EQ(found->intent_stage, "purchase");
}

TEST_P(ScoringStore, TheWorkerAloneMayListOwners) {
  add_lead();
  add_lead();
  database_.create_account("ben@example.com");
  const auto owners =
      database_.run_as(test::Login::worker, "SELECT user_id, org_id, leads FROM salesflow.list_lead_owners()");
  ASSERT_EQ(owners.rows.size(), 1u);
  EXPECT_EQ(owners.value(0, 0), account_.user_id.to_string());
  EXPECT_EQ(owners.value(0, 1), account_.org_id.to_string());
  EXPECT_EQ(owners.value(0, 2), "2");
  EXPECT_TRUE(run_task(context_, store_->list_lead_owners(request_)).has_error()) << "not salesflow_app";
  EXPECT_EQ(run_task(context_, store_->count_leads(request_)).value(), 2);
}

INSTANTIATE_TEST_SUITE_P(Modes, ScoringStore, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::scoring
