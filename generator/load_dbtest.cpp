#include "generator/load.hpp"

#include <gtest/gtest.h>

#include "tests/support/sample_data.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::generator {
namespace {

using test::Login;
using test::TestDatabase;

TEST(GeneratorLoad, FillsEveryTableAsItsOwnerAndReportsIt) {
  TestDatabase database;
  std::int64_t reported = 0;
  const auto summary = load(database.url(Login::owner), test::sample_options(),
                            {.progress = [&](const LoadProgress& progress) { reported = progress.rows; }})
                           .value();
  EXPECT_EQ(reported, summary.rows);
  ASSERT_EQ(summary.tables.size(), 12U);
  for (const LoadedTable& table : summary.tables) {
    EXPECT_GT(table.rows, 0) << table.name;
    EXPECT_EQ(database.run("SELECT count(*) FROM " + std::string(table.name)).integer(), table.rows) << table.name;
  }
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 3'000);
  // Vacuumed and analysed: index-only scans and estimates work at once.
  EXPECT_EQ(database
                .run("SELECT relallvisible = relpages AND reltuples = 3000 FROM pg_class "
                     "WHERE oid = 'message_events'::regclass")
                .value(),
            "t");
}

TEST(GeneratorLoad, KeepsEveryReferenceInsideItsTenant) {
  TestDatabase database;
  test::load_sample(database);
  for (const char* strays : {
           "SELECT count(*) FROM deals d JOIN contacts c ON c.id = d.contact_id WHERE c.org_id <> d.org_id",
           "SELECT count(*) FROM contacts c JOIN leads l ON l.id = c.lead_id JOIN org_members m ON m.user_id = "
           "l.user_id "
           "WHERE m.org_id <> c.org_id",
           "SELECT count(*) FROM crm_notes n JOIN leads l ON l.id = n.lead_id WHERE l.user_id <> n.user_id",
           "SELECT count(*) FROM crm_notes n JOIN deals d ON d.id = n.deal_id WHERE d.owner_id <> n.user_id",
           "SELECT count(*) FROM message_events e JOIN org_members m ON m.user_id = e.user_id WHERE e.org_id <> "
           "m.org_id",
           "SELECT count(*) FROM message_events e LEFT JOIN leads l ON l.id = e.contact_id AND l.user_id = e.user_id "
           "LEFT JOIN contacts c ON c.id = e.contact_id AND c.owner_id = e.user_id "
           "WHERE e.contact_id IS NOT NULL AND l.id IS NULL AND c.id IS NULL",
           "SELECT count(*) FROM message_events WHERE created_at > '2026-03-02T09:00:00Z'",
           "SELECT count(*) FROM rlhf_feedback_sessions WHERE composite_reward IS NULL",
       }) {
    EXPECT_EQ(database.run(strays).integer(), 0) << strays;
  }
}

TEST(GeneratorLoad, TellsTheCachesThroughTheOutboxUnlessTriggersAreOff) {
  TestDatabase database;
  test::load_sample(database);
  EXPECT_EQ(database.run("SELECT count(DISTINCT user_id) FROM outbox WHERE topic = 'message_events'").integer(), 8);
  TestDatabase quiet;
  load(quiet.url(Login::superuser), test::sample_options(), {.triggers = false, .progress = {}}).value();
  EXPECT_EQ(quiet.run("SELECT count(*) FROM outbox WHERE topic = 'message_events'").integer(), 0);
  // The formula that the generator writes is the trigger's.
  const char* rewards = "SELECT string_agg(composite_reward::text, ',' ORDER BY id) FROM rlhf_feedback_sessions";
  EXPECT_EQ(quiet.run(rewards).value(), database.run(rewards).value());
}

TEST(GeneratorLoad, LeavesNothingBehindWhenItFails) {
  TestDatabase database;
  database.run("ALTER TABLE message_events ADD CONSTRAINT no_mail CHECK (channel <> 'email')");
  const auto refused = load(database.url(Login::owner), test::sample_options(), {});
  ASSERT_TRUE(refused.has_error());
  EXPECT_NE(refused.error().public_detail.find("message_events"), std::string::npos);
  EXPECT_EQ(database.run("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM leads)").integer(), 0);
}

TEST(GeneratorLoad, SaysThatTheSeedIsThereAlready) {
  TestDatabase database;
  test::load_sample(database);
  const auto again = load(database.url(Login::owner), test::sample_options(), {});
  ASSERT_TRUE(again.has_error());
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_TRUE(load(database.url(Login::owner),
                   [] {
                     auto options = test::sample_options(2);
                     options.demo_email = "second@salesflow.example";
                     return options;
                   }(),
                   {})
                  .has_value());
}

}  // namespace
}  // namespace salesflow::generator
