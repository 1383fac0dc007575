// The materialized views against the same numbers from the rows, their refresh and who reads them.
#include <gtest/gtest.h>

#include <libpq-fe.h>
#include <set>

#include <array>
#include <memory>

#include "tests/support/sample_data.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::SqlSession;
using test::TestDatabase;

struct MaterializedViews : ::testing::Test {
  TestDatabase database;

  void refresh(const std::string& name) {
    EXPECT_EQ(database.run_as(Login::worker, "SELECT salesflow.refresh_materialized_view($1)", {name}).value(), "t");
  }
  /// Rows in one of two queries and not in the other.
  std::int64_t differences(const std::string& one, const std::string& other) {
    return database
        .run("SELECT count(*) FROM ((" + one + " EXCEPT ALL " + other + ") UNION ALL (" + other + " EXCEPT ALL " + one +
             ")) AS d")
        .integer();
  }
};

TEST_F(MaterializedViews, OfTheDashboardSumToTheRowsInAnyTimeZone) {
  test::load_sample(database);
  refresh("mv_rlhf_sessions_daily");
  EXPECT_GT(database.run("SELECT count(*) FROM mv_rlhf_sessions_daily").integer(), 100);
  for (const char* zone : {"UTC", "Europe/Vienna", "Asia/Kathmandu", "America/St_Johns"}) {
    const auto day = [&](const std::string& column) { return "date(" + column + " AT TIME ZONE '" + zone + "')"; };
    EXPECT_EQ(differences("SELECT org_id, " + day("created_at") +
                              ", count(*), count(DISTINCT user_id), count(*) FILTER (WHERE outcome = 'converted'), "
                              "count(*) FILTER (WHERE outcome = 'positive_reply'), sum(composite_reward), "
                              "round(avg(composite_reward), 6) FROM rlhf_feedback_sessions GROUP BY 1, 2",
                          "SELECT org_id, " + day("bucket_start") +
                              ", sum(total_sessions)::bigint, count(DISTINCT user_id), sum(conversions)::bigint, "
                              "sum(positive_replies)::bigint, sum(reward_sum), round(sum(reward_sum) / "
                              "sum(rewarded_sessions), 6) FROM mv_rlhf_sessions_daily GROUP BY 1, 2"),
              0)
        << zone;
  }
}

TEST_F(MaterializedViews, OfTemplatesCountSentAndAnsweredMessages) {
  test::load_sample(database);
  // Ties, a skipped draft, a message without contact and one without organisation are part of it.
  const auto account = database.create_account("a@example.com");
  database.run(
      "INSERT INTO message_events (user_id, contact_id, channel, direction, normalized_text, autopilot_status, "
      "template_version, created_at) SELECT $1::uuid, c::uuid, 'email', d, 'x', s, t, at::timestamptz FROM (VALUES "
      "('00000000-0000-0000-0000-00000000000a', 'outbound', 'sent', 'tie', '2026-01-01Z'), "
      "('00000000-0000-0000-0000-00000000000a', 'inbound', 'pending', NULL, '2026-01-01Z'), "
      "('00000000-0000-0000-0000-00000000000b', 'outbound', 'sent', 'late', '2026-01-01Z'), "
      "('00000000-0000-0000-0000-00000000000b', 'outbound', 'skipped', 'late', '2026-01-02Z'), "
      "('00000000-0000-0000-0000-00000000000b', 'inbound', 'pending', NULL, '2026-01-03Z'), "
      "('00000000-0000-0000-0000-00000000000b', 'inbound', 'pending', NULL, '2026-01-04Z'), "
      "(NULL, 'outbound', 'sent', 'nobody', '2026-01-01Z'), (NULL, 'inbound', 'pending', NULL, '2026-01-02Z')"
      ") AS v (c, d, s, t, at)",
      {account.user_id.to_string()});
  database.run("UPDATE message_events SET org_id = NULL, persona_variant = NULL WHERE template_version = 'late'");
  refresh("mv_template_performance");
  refresh("mv_template_performance");
  // The same by the definition: an inbound message answers the contact's latest outbound one before it.
  EXPECT_EQ(differences(
                "SELECT org_id, user_id, template_version, persona_variant, channel, total_messages, sent_count, "
                "outbound_count, replies_received FROM mv_template_performance",
                "SELECT o.org_id, o.user_id, o.template_version, o.persona_variant, o.channel, count(*), count(*) "
                "FILTER (WHERE o.autopilot_status = 'sent'), count(*) FILTER (WHERE o.direction = 'outbound' AND "
                "o.autopilot_status <> 'skipped' AND o.contact_id IS NOT NULL), count(*) FILTER (WHERE EXISTS (SELECT "
                "FROM message_events AS i WHERE i.direction = 'inbound' AND o.id = (SELECT b.id FROM message_events "
                "AS b WHERE b.user_id = i.user_id AND b.contact_id = i.contact_id AND b.direction = 'outbound' AND "
                "b.autopilot_status <> 'skipped' AND b.created_at < i.created_at ORDER BY b.created_at DESC, b.id "
                "DESC LIMIT 1) AND i.contact_id = o.contact_id AND i.user_id = o.user_id)) FROM message_events AS o "
                "WHERE o.template_version IS NOT NULL GROUP BY 1, 2, 3, 4, 5"),
            0);
  const auto row = [&](const std::string& name) {
    return database
        .run(
            "SELECT concat_ws(' ', total_messages, sent_count, outbound_count, replies_received, send_rate, "
            "coalesce(reply_rate::text, '-'), coalesce(reply_rate_low::text, '-'), coalesce(reply_rate_high::text, "
            "'-')) FROM mv_template_performance WHERE template_version = $1",
            {name})
        .value();
  };
  EXPECT_EQ(row("tie"), "1 1 1 0 100.00 0.00 0.00 79.35") << "a message of the same instant is no answer";
  EXPECT_EQ(row("late"), "2 1 1 1 50.00 100.00 20.65 100.00");
  EXPECT_EQ(row("nobody"), "1 1 0 0 100.00 - - -");
}

TEST_F(MaterializedViews, OfHotLeadsHaveOneRowALeadWithItsNewestScores) {
  const auto account = database.create_account("a@example.com");
  const auto lead = [&](const std::string& p_score) {
    return database
        .run("INSERT INTO leads (user_id, name, p_score) VALUES ($1, 'Eva', $2) RETURNING id",
             {account.user_id.to_string(), p_score})
        .value();
  };
  const std::string plain = lead("75"), verified = lead("90"), fake = lead("90"), cold = lead("74.99");
  const auto verify = [&](const std::string& id, const std::string& score, const std::string& at) {
    database.run("INSERT INTO lead_verifications (lead_id, v_score, created_at) VALUES ($1, $2, $3)", {id, score, at});
  };
  verify(verified, "10", "2026-01-01Z");
  verify(verified, "60", "2026-01-02Z");
  verify(fake, "99", "2026-01-01Z");
  verify(fake, "59.99", "2026-01-02Z");
  database.run("INSERT INTO lead_intents (lead_id, i_score) VALUES ($1, 1), ($1, 1)", {verified});
  database.run("INSERT INTO lead_enrichments (lead_id, e_score, company_name) VALUES ($1, 5, 'ACME')", {plain});
  refresh("mv_hot_leads");
  refresh("mv_hot_leads");
  EXPECT_EQ(database
                .run("SELECT string_agg(concat_ws(' ', id, p_score_key, coalesce(v_score::text, '-'), i_score_key, "
                     "company_name), ',' ORDER BY p_score_key DESC) FROM mv_hot_leads")
                .value(),
            verified + " 9000 60.00 100," + plain + " 7500 - -1 ACME");
}

TEST_F(MaterializedViews, AreReadThroughTheirViewsByTheirTenantOnly) {
  test::load_sample(database);
  const auto tenant = database.run("SELECT user_id, org_id FROM org_members ORDER BY 1 LIMIT 1");
  const auto user = Uuid::parse(tenant.value(0, 0)).value(), org = Uuid::parse(tenant.value(0, 1)).value();
  // The sample is one organisation.
  const auto other = database.create_account("other@example.com");
  for (const char* sql : {
           "INSERT INTO message_events (user_id, channel, direction, normalized_text, template_version) VALUES ($1, "
           "'email', 'outbound', 'x', 'v1')",
           "INSERT INTO rlhf_feedback_sessions (user_id, context_hash, input_type, input_context, generated_response, "
           "generation_model) VALUES ($1, 'h', 'follow_up', '{}', 'r', 'm')",
       }) {
    database.run(sql, {other.user_id.to_string()});
  }
  for (const char* name : {"mv_rlhf_sessions_daily", "mv_template_performance", "mv_hot_leads"}) {
    refresh(name);
    EXPECT_ANY_THROW(database.run_as_tenant(user, org, std::string("SELECT count(*) FROM ") + name)) << name;
  }
  for (const auto& [view, source, column, id] : std::vector<std::array<std::string, 4>>{
           {"my_rlhf_sessions", "mv_rlhf_sessions_daily", "user_id", user.to_string()},
           {"our_rlhf_sessions", "mv_rlhf_sessions_daily", "org_id", org.to_string()},
           {"my_template_performance", "mv_template_performance", "user_id", user.to_string()},
           {"our_template_performance", "mv_template_performance", "org_id", org.to_string()},
           {"my_hot_leads", "mv_hot_leads", "user_id", user.to_string()}}) {
    const auto seen = database.run_as_tenant(user, org, "SELECT count(*) FROM " + view).integer();
    EXPECT_EQ(seen, database.run("SELECT count(*) FROM " + source + " WHERE " + column + " = $1", {id}).integer())
        << view;
    EXPECT_EQ(database.run_as_tenant(std::nullopt, std::nullopt, "SELECT count(*) FROM " + view).integer(), 0) << view;
    EXPECT_LT(seen, database.run("SELECT count(*) FROM " + source).integer()) << view;
  }
}

/// What a listener on mv_refresh has heard and not yet told.
struct Listener {
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection;
  explicit Listener(const std::string& url) : connection(PQconnectdb(url.c_str()), PQfinish) {
    PQclear(PQexec(connection.get(), "LISTEN mv_refresh"));
  }
  std::string heard() {
    PQclear(PQexec(connection.get(), "SELECT 1"));
    std::string names;
    while (PGnotify* notify = PQnotifies(connection.get())) {
      names += notify->extra;
      PQfreemem(notify);
    }
    return names;
  }
};

TEST_F(MaterializedViews, TellTheirListenersWhenTheRefreshHasCommittedAndReadersGoOn) {
  Listener listener(database.url(Login::worker));
  auto refresher = SqlSession::connect(database.url(Login::worker)).value();
  refresher.run("BEGIN").value();
  refresher.run("SELECT salesflow.refresh_materialized_view('mv_hot_leads')").value();
  EXPECT_EQ(database.run("SELECT count(*) FROM mv_hot_leads").integer(), 0) << "a reader must not wait";
  EXPECT_EQ(database.run_as(Login::worker, "SELECT salesflow.refresh_materialized_view('mv_hot_leads')").value(), "f")
      << "a second refresh must not wait either";
  refresher.run("ROLLBACK").value();
  refresh("mv_template_performance");
  std::string heard;
  EXPECT_TRUE(test::wait_until([&] { return !(heard += listener.heard()).empty(); }));
  EXPECT_EQ(heard, "mv_template_performance") << "nobody is told of what was rolled back";
  EXPECT_ANY_THROW(database.run_as(Login::worker, "SELECT salesflow.refresh_materialized_view('pg_class')"));
  EXPECT_ANY_THROW(database.run_as(Login::app, "SELECT salesflow.refresh_materialized_view('mv_hot_leads')"));
}

TEST_F(MaterializedViews, AreRefreshedByTheWorkerOncePerSchedule) {
  const auto refresh = [&] {
    return database.run_as(Login::worker, "SELECT coalesce(salesflow.refresh_due_view(), 'none')").value();
  };
  EXPECT_EQ(refresh(), "none") << "nobody reads them";
  database.run_as(Login::worker, "SELECT salesflow.set_analytics_mode('mv')");
  const std::set<std::string> all{"mv_hot_leads", "mv_rlhf_sessions_daily", "mv_template_performance"};
  std::set<std::string> refreshed{refresh(), refresh(), refresh()};
  EXPECT_EQ(refreshed, all) << "at once when somebody begins to";
  EXPECT_EQ(refresh(), "none");
  database.run("UPDATE salesflow.view_refreshes SET refreshed_at = now() - interval '11 minutes'");
  database.run("UPDATE salesflow.analytics_mode SET views_wanted_since = now() - interval '1 hour'");
  EXPECT_EQ(refresh(), "mv_rlhf_sessions_daily") << "only its ten minutes are over";
  EXPECT_EQ(refresh(), "none");
  database.run("UPDATE salesflow.view_refreshes SET refreshed_at = now() - interval '1 year'");
  database.run_as(Login::worker, "SELECT salesflow.set_analytics_mode('live')");
  EXPECT_EQ(refresh(), "none") << "nobody reads them any more";
  database.run_as(Login::auth, "SELECT salesflow.want_views()");
  refreshed = {refresh(), refresh(), refresh()};
  EXPECT_EQ(refreshed, all) << "a node wants them";
  database.run("UPDATE salesflow.analytics_mode SET views_wanted_until = now() - interval '1 second'");
  database.run("UPDATE salesflow.view_refreshes SET refreshed_at = now() - interval '1 year'");
  EXPECT_EQ(refresh(), "none") << "it has not said so for a while";
  EXPECT_ANY_THROW(database.run_as(Login::app, "SELECT salesflow.refresh_due_view()"));
  EXPECT_ANY_THROW(database.run_as(Login::app, "SELECT salesflow.set_analytics_mode('mv')"));
  EXPECT_ANY_THROW(database.run_as(Login::worker, "SELECT salesflow.set_analytics_mode('fast')"));
}

TEST_F(MaterializedViews, TakeTextsThatNoIndexWouldTake) {
  const auto account = database.create_account("a@example.com");
  database.run(
      "INSERT INTO message_events (user_id, channel, direction, normalized_text, template_version, persona_variant) "
      "SELECT $1, 'email', 'outbound', 'x', string_agg(md5(i::text), ''), string_agg(md5(i::text), '') FROM "
      "generate_series(1, 300) AS i",
      {account.user_id.to_string()});
  EXPECT_NO_THROW(refresh("mv_template_performance"));
  EXPECT_EQ(database.run("SELECT length(template_version) FROM mv_template_performance").value(), "200");
}

}  // namespace
}  // namespace salesflow
