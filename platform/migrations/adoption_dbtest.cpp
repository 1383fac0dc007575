// Key columns, writers, views and functions on a database that was there before, and what `down` gives back.
#include <gtest/gtest.h>

#include "platform/migrations/runner.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/taken_tables.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::migrations {
namespace {

using test::Login;
using test::Schema;
using test::TestDatabase;

struct Adoption : ::testing::Test {
  TestDatabase database{Schema::empty};
  std::string before, rows;

  static constexpr const char* contents =
      "SELECT md5(string_agg(t, ',' ORDER BY t)) FROM (SELECT (id, user_id, name, status, temperature, p_score)::text "
      "AS "
      "t FROM leads UNION ALL SELECT (id, lead_id, v_score)::text FROM lead_verifications UNION ALL SELECT (id, "
      "user_id, "
      "messages_sent, last_message_at)::text FROM dm_conversations UNION ALL SELECT (id, user_id, name, email)::text "
      "FROM contacts UNION ALL SELECT (id, title, value)::text FROM deals UNION ALL SELECT (id, normalized_text)::text "
      "FROM message_events) AS s";

  Adoption() {
    database.run_as(Login::owner, test::taken_tables);
    before = test::dump_schema(database.url(Login::superuser));
    rows = database.run(contents).value();
  }
  void migrate_up() {
    Options options;
    options.database_url = database.url(Login::owner);
    const auto report = up(options);
    ASSERT_TRUE(report) << report.error().public_detail;
  }
  void migrate_down() {
    Options options;
    options.database_url = database.url(Login::owner);
    options.to = "none";
    const auto report = down(options);
    ASSERT_TRUE(report) << report.error().public_detail;
  }
};

TEST_F(Adoption, SetsAsideWhatWritesTheScoreAndCountersAndNothingElse) {
  migrate_up();
  EXPECT_EQ(database
                .run("SELECT string_agg(tgname, ',' ORDER BY tgname) FROM pg_trigger WHERE tgenabled = 'D' AND NOT "
                     "tgisinternal")
                .value(),
            "by_another,directly,itself,trg_update_conversation_stats");
  database.run("UPDATE leads SET p_score = 10");
  database.run("UPDATE lead_verifications SET v_score = 1");
  database.run("INSERT INTO lead_intents (lead_id) SELECT id FROM leads");
  database.run("UPDATE leads SET status = 'won'");
  EXPECT_EQ(database.run("SELECT count(*) FROM leads WHERE p_score = 10 AND p_score_key = 1000").integer(), 100);
  const std::string conversation = database.run("SELECT id FROM dm_conversations LIMIT 1").value();
  database.run(
      "INSERT INTO dm_messages (conversation_id, user_id, direction, content) SELECT id, user_id, 'outbound', 'y' FROM "
      "dm_conversations WHERE id = $1",
      {conversation});
  EXPECT_EQ(database.run("SELECT messages_sent FROM dm_conversations WHERE id = $1", {conversation}).integer(), 2);
}

TEST_F(Adoption, ServesOldAndNewWritersOfContactsThatBelongToAUser) {
  migrate_up();
  const auto account = database.create_account("a@example.com");
  EXPECT_EQ(database
                .run("INSERT INTO contacts (user_id, name) VALUES ($1, 'Old') RETURNING org_id",
                     {account.user_id.to_string()})
                .value(),
            account.org_id.to_string());
  EXPECT_EQ(database
                .run_as_tenant(account.user_id, account.org_id,
                               "INSERT INTO public.contacts (org_id, name) VALUES ($1, 'New') RETURNING user_id",
                               {account.org_id.to_string()})
                .value(),
            account.user_id.to_string());
  EXPECT_EQ(database.run_as_tenant(account.user_id, account.org_id, "SELECT count(*) FROM contacts").integer(), 2);
  EXPECT_EQ(database
                .run("INSERT INTO deals (org_id, title, value, probability) VALUES ($1, 'x', 200, 50) RETURNING "
                     "weighted_value::numeric(9,2)",
                     {account.org_id.to_string()})
                .value(),
            "100.00");
}

TEST_F(Adoption, KeepsTheirViewsAsideAndTheirFunctionsBesideOurs) {
  migrate_up();
  EXPECT_EQ(database.run("SELECT count(*) FROM theirs").integer(),
            database.run("SELECT count(*) FROM sf_found_mv_hot_leads").integer());
  EXPECT_EQ(database.run("SELECT inbound_7d FROM calculate_lead_event_stats(gen_random_uuid(), now(), now())").value(),
            "1")
      << "the old service goes on calling its own";
  EXPECT_EQ(database.run_as(Login::worker, "SELECT salesflow.refresh_materialized_view('mv_hot_leads')").value(), "t");
  EXPECT_EQ(database.run("SELECT get_conversation_context(gen_random_uuid(), 5)").value(), "theirs")
      << "also one with the arguments of ours";
  EXPECT_EQ(database.run_as(Login::app, "SELECT count(*) FROM get_conversation_context(gen_random_uuid(), 5)").value(),
            "0");
}

TEST_F(Adoption, GivesBackWhatItFound) {
  const std::string files =
      "SELECT string_agg(pg_relation_filenode(oid)::text, ',' ORDER BY relname) FROM pg_class "
      "WHERE relnamespace = 'public'::regnamespace AND relname IN ('leads', 'contacts', 'deals', "
      "'message_events', 'dm_messages', 'dm_conversations', 'lead_verifications', 'lead_intents')";
  const std::string kept = database.run(files).value();
  migrate_up();
  EXPECT_EQ(database.run(contents).value(), rows);
  EXPECT_EQ(database.run(files).value(), kept) << "a table was rewritten";
  migrate_down();
  EXPECT_EQ(test::dump_schema(database.url(Login::superuser)), before);
  EXPECT_EQ(database.run(contents).value(), rows);
  EXPECT_EQ(database.run("SELECT total_sessions FROM mv_rlhf_sessions_daily").integer(), 100);
}

}  // namespace
}  // namespace salesflow::migrations
