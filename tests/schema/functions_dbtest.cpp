// The functions against counts made from the rows, as the tenant that calls them.
#include <gtest/gtest.h>

#include "tests/support/sample_data.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::TestDatabase;

constexpr const char* now = "2026-03-02T09:00:00Z";  // of the sample

struct Functions : ::testing::Test {
  TestDatabase database;
  Uuid user, org;
  Functions() {
    test::load_sample(database);
    const auto tenant = database.run(
        "SELECT m.user_id, m.org_id FROM org_members AS m JOIN leads AS l USING (user_id) GROUP BY 1, 2 ORDER BY "
        "count(*) DESC LIMIT 1");
    user = *Uuid::parse(tenant.value(0, 0));
    org = *Uuid::parse(tenant.value(0, 1));
  }
  cluster::SqlRows as_tenant(const std::string& sql, const std::vector<std::optional<std::string>>& parameters = {}) {
    return database.run_as_tenant(user, org, sql, parameters);
  }
};

// A lead's events: contact_id is the lead, or a contact that belongs to it.
constexpr const char* own_events =
    "FROM message_events AS e WHERE e.user_id = l.user_id AND (e.contact_id = l.id OR e.contact_id IN (SELECT c.id "
    "FROM "
    "contacts AS c WHERE c.lead_id = l.id))";

TEST_F(Functions, StatsOfALeadAreItsOwnAndItsContactsEvents) {
  const std::string events = own_events;
  const std::string in_window = events + " AND e.created_at >= $1::timestamptz - interval '14 days'";
  const auto expected = database.run(
      "SELECT l.id, (SELECT count(*) " + in_window +
          " AND e.direction = 'inbound' AND e.created_at >= $1::timestamptz - interval '7 days') || ' ' || (SELECT "
          "count(*) " +
          in_window + " AND e.direction = 'inbound') || ' ' || (SELECT count(*) " + in_window +
          " AND e.direction = 'outbound') || ' ' || coalesce((SELECT max(e.created_at) " + in_window +
          ")::text, '-') || ' ' || (SELECT count(*) " + in_window + ") FROM leads AS l WHERE l.user_id = $2",
      {now, user.to_string()});
  ASSERT_GT(expected.rows.size(), 10U);
  int with_events = 0;
  for (std::size_t i = 0; i < expected.rows.size(); ++i) {
    const auto stats = as_tenant(
        "SELECT inbound_7d || ' ' || inbound_14d || ' ' || outbound_14d || ' ' || coalesce(last_event_at::text, '-') "
        "|| "
        "' ' || total_events FROM calculate_lead_event_stats($1, $2)",
        {expected.value(i, 0), now});
    ASSERT_EQ(stats.rows.size(), 1U);
    EXPECT_EQ(stats.value(), expected.value(i, 1));
    with_events += stats.value().ends_with(" 0") ? 0 : 1;
  }
  EXPECT_GT(with_events, 3);
  const auto foreign = database.run("SELECT id FROM leads WHERE user_id <> $1 LIMIT 1", {user.to_string()}).value();
  EXPECT_TRUE(as_tenant("SELECT * FROM calculate_lead_event_stats($1, $2)", {foreign, now}).empty());
}

TEST_F(Functions, CountEventsUnderAContactOfTheLead) {
  const std::string lead = Uuid::v7().to_string(), contact = Uuid::v7().to_string();
  as_tenant("INSERT INTO leads (id, user_id, name) VALUES ($1, $2, 'Eva')", {lead, user.to_string()});
  as_tenant("INSERT INTO contacts (id, org_id, name, lead_id) VALUES ($1, $2, 'Eva', $3)",
            {contact, org.to_string(), lead});
  for (const auto& id : {lead, contact, contact}) {
    as_tenant(
        "INSERT INTO message_events (user_id, contact_id, channel, direction, normalized_text) VALUES ($1, $2, "
        "'email', "
        "'inbound', 'x')",
        {user.to_string(), id});
  }
  EXPECT_EQ(as_tenant("SELECT inbound_7d FROM calculate_lead_event_stats($1)", {lead}).integer(), 3);
  EXPECT_EQ(as_tenant("SELECT p_score FROM calculate_p_scores(ARRAY[$1::uuid])", {lead}).integer(), 50);
  for (const auto& id : {lead, contact}) {
    EXPECT_EQ(as_tenant("SELECT count(*) FROM get_conversation_context($1)", {id}).integer(), 3);
  }
}

TEST_F(Functions, AScoreIsTheHeuristicOverTheCounts) {
  struct Case {
    int inbound_today, inbound_10_days_ago, outbound;
    std::string status, temperature, old_score, expected;
  };
  for (const auto& c : std::vector<Case>{
           {0, 0, 0, "new", "warm", "NULL", "20 flat"},
           {1, 0, 0, "new", "warm", "NULL", "30 flat"},
           {0, 1, 0, "new", "warm", "15", "20 up"},
           {1, 2, 1, "new", "warm", "50", "50 flat"},
           {9, 0, 0, "new", "warm", "86", "90 flat"},
           {9, 0, 0, "QUALIFIED", "hot", "95", "100 up"},
           {0, 0, 3, "new", "warm", "20", "20 flat"},
           {0, 0, 3, "Proposal", "90", "50", "45 down"},
           {0, 0, 1, "GHOSTING", "cold", "20", "0 down"},
           {1, 0, 0, "lost", "20", "0", "0 flat"},
       }) {
    const std::string lead = Uuid::v7().to_string();
    as_tenant("INSERT INTO leads (id, user_id, name, status, temperature, p_score) VALUES ($1, $2, 'Eva', $3, $4, " +
                  c.old_score + ")",
              {lead, user.to_string(), c.status, c.temperature});
    as_tenant(
        "INSERT INTO message_events (user_id, contact_id, channel, direction, normalized_text, created_at) SELECT $1, "
        "$2, 'email', d, 'x', $3::timestamptz - age FROM (VALUES ('inbound', interval '1 hour', $4::integer), "
        "('inbound', interval '10 days', $5), ('outbound', interval '1 day', $6), ('inbound', interval '15 days', 5)) "
        "AS v (d, age, n), generate_series(1, n)",
        {user.to_string(), lead, now, std::to_string(c.inbound_today), std::to_string(c.inbound_10_days_ago),
         std::to_string(c.outbound)});
    EXPECT_EQ(
        as_tenant("SELECT p_score || ' ' || trend FROM calculate_p_scores(ARRAY[$1::uuid], $2)", {lead, now}).value(),
        c.expected)
        << c.inbound_today << " " << c.inbound_10_days_ago << " " << c.outbound << " " << c.status;
  }
}

TEST_F(Functions, ABatchScoresEachOfTheCallersLeadsOnce) {
  const auto rows = as_tenant(
      "SELECT count(*), count(DISTINCT s.lead_id), count(*) FILTER (WHERE (s.inbound_7d, s.inbound_14d, "
      "s.outbound_14d, s.last_event_at) IS DISTINCT FROM (t.inbound_7d, t.inbound_14d, t.outbound_14d, "
      "t.last_event_at)) FROM calculate_p_scores((SELECT array_agg(id) FROM leads), $1) AS s, LATERAL "
      "calculate_lead_event_stats(s.lead_id, $1) AS t",
      {now});
  EXPECT_EQ(rows.value(0, 0),
            database.run("SELECT count(*) FROM leads WHERE user_id = $1", {user.to_string()}).value());
  EXPECT_EQ(rows.value(0, 1), rows.value(0, 0));
  EXPECT_EQ(rows.value(0, 2), "0");
  const std::string all = database.run("SELECT array_agg(id) FROM leads").value();
  EXPECT_EQ(as_tenant("SELECT count(*) FROM calculate_p_scores($1, $2)", {all, now}).value(), rows.value(0, 0))
      << "leads of others are passed over";
}

TEST_F(Functions, ASummaryIsTheCountsOfTheUsersRows) {
  // A deal lost in the window is in none of the figures.
  as_tenant(
      "INSERT INTO deals (org_id, owner_id, title, value, stage, closed_at) VALUES ($1, $2, 'Lost', 77, 'lost', $3)",
      {org.to_string(), user.to_string(), now});
  const std::string window = "created_at >= $2::timestamptz - interval '30 days'";
  const auto expected = database.run(
      "SELECT concat_ws(' ', (SELECT count(*) FROM leads WHERE user_id = $1), (SELECT count(*) FROM leads WHERE "
      "user_id "
      "= $1 AND p_score >= 75), (SELECT count(*) FROM leads WHERE user_id = $1 AND " +
          window + "), (SELECT count(*) FROM message_events WHERE user_id = $1 AND direction = 'inbound' AND " +
          window + "), (SELECT count(*) FROM message_events WHERE user_id = $1 AND direction = 'outbound' AND " +
          window +
          "), (SELECT count(*) FROM message_events WHERE user_id = $1 AND autopilot_status = 'pending'), (SELECT "
          "count(*) FROM dm_conversations WHERE user_id = $1 AND status NOT IN ('archived', 'unsubscribed')), (SELECT "
          "count(*) || ' ' || coalesce(sum(value), 0) FROM deals WHERE owner_id = $1 AND closed_at IS NULL), (SELECT "
          "count(*) || ' ' || coalesce(sum(value), 0) FROM deals WHERE owner_id = $1 AND stage = 'won' AND closed_at "
          ">= $2::timestamptz - interval '30 days'), (SELECT count(*) || ' ' || count(*) FILTER (WHERE outcome = "
          "'converted') FROM rlhf_feedback_sessions WHERE user_id = $1 AND " +
          window + "))",
      {user.to_string(), now});
  const std::string summary =
      "SELECT concat_ws(' ', leads, hot_leads, new_leads, inbound_messages, outbound_messages, pending_events, "
      "open_conversations, open_deals, open_deals_value, won_deals, won_deals_value, feedback_sessions, conversions) "
      "FROM get_user_analytics_summary($1, 30, $2)";
  EXPECT_EQ(as_tenant(summary, {user.to_string(), now}).value(), expected.value());
  const auto other = database.create_account("other@example.com");
  EXPECT_EQ(database.run_as_tenant(other.user_id, other.org_id, summary, {user.to_string(), now}).value(),
            "0 0 0 0 0 0 0 0 0 0 0 0 0");
}

TEST_F(Functions, AContextIsTheNewestMessagesOfALeadAndItsContacts) {
  const auto lead = database
                        .run(
                            "SELECT contact_id FROM message_events AS e WHERE user_id = $1 AND contact_id IS NOT NULL "
                            "GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
                            {user.to_string()})
                        .value();
  const auto context =
      as_tenant("SELECT string_agg(event_id::text, ',') FROM get_conversation_context($1, 5)", {lead}).value();
  EXPECT_EQ(context,
            database
                .run("SELECT string_agg(id::text, ',') FROM (SELECT e.id FROM message_events AS e WHERE user_id = $1 "
                     "AND contact_id IN (SELECT $2::uuid UNION SELECT lead_id FROM contacts WHERE id = $2 UNION SELECT "
                     "c.id FROM contacts c WHERE c.lead_id = $2 UNION SELECT c.id FROM contacts c JOIN contacts o ON "
                     "o.lead_id = c.lead_id WHERE o.id = $2) ORDER BY created_at DESC, id DESC LIMIT 5) AS n",
                     {user.to_string(), lead})
                .value());
  const auto other = database.create_account("other@example.com");
  EXPECT_EQ(
      database.run_as_tenant(other.user_id, other.org_id, "SELECT count(*) FROM get_conversation_context($1)", {lead})
          .integer(),
      0);
}

}  // namespace
}  // namespace salesflow
