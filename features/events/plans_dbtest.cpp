// Every statement of events, as salesflow_app, with custom and generic plans: its index, no sequential scan, its
// budget.
#include <gtest/gtest.h>

#include "features/events/queries.hpp"
#include "tests/support/plan_check.hpp"

namespace salesflow::events {
namespace {

using test::PlanMode;

/// One user with 20,000 events among 10,000 of others: enough that a wrong plan shows. All visible to vacuum.
class EventsPlans : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    database = std::make_unique<test::TestDatabase>();
    const auto account = database->create_account("anna@example.com");
    user_id = account.user_id;
    org_id = account.org_id;
    contact_id = Uuid::v7();
    const auto fill = [&](const std::string& user, int count) {
      database->run(
          "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, text, normalized_text, "
          "autopilot_status, created_at) "
          "SELECT $1, $2, CASE WHEN i % 5 = 0 THEN NULL WHEN i % 50 = 1 THEN $3::uuid ELSE gen_random_uuid() END, "
          "(ARRAY['email','whatsapp','instagram','linkedin'])[1 + (i * 7) % 4], CASE WHEN i % 3 = 0 THEN 'outbound' "
          "ELSE 'inbound' END, 'text ' || i, 'text ' || i, "
          "CASE WHEN i % 13 = 0 THEN 'pending' WHEN i % 13 < 4 THEN 'suggested' ELSE 'sent' END, now() - i * interval "
          "'40 seconds' "
          "FROM generate_series(1, " +
              std::to_string(count) + ") AS i",
          {user, org_id.to_string(), contact_id.to_string()});
    };
    fill(user_id.to_string(), 20'000);
    for (int other = 0; other < 10; ++other)
      fill(Uuid::v7().to_string(), 1'000);
    database->run(
        "INSERT INTO autopilot_settings (user_id, mode) SELECT gen_random_uuid(), 'assist' FROM generate_series(1, "
        "3000)");
    database->run("INSERT INTO autopilot_settings (user_id, mode) VALUES ($1, 'assist')", {user_id.to_string()});
    for (const char* table : {"message_events", "autopilot_settings"})
      database->run(std::string("VACUUM (ANALYZE) ") + table);
    event_id = database->run("SELECT id FROM message_events WHERE user_id = $1 LIMIT 1", {user_id.to_string()}).value();
  }
  static void TearDownTestSuite() { database.reset(); }

  static std::string quoted(const Uuid& id) { return "'" + id.to_string() + "'"; }
  /// Arguments in the order of the statement's header.
  static std::vector<std::string> arguments_of(std::string_view name) {
    const std::string user = quoted(user_id), event = "'" + event_id + "'", contact = quoted(contact_id);
    const std::string last = "'ffffffff-ffff-ffff-ffff-ffffffffffff'", nil = "'00000000-0000-0000-0000-000000000000'";
    if (name == "events.list_events")
      return {user, "'infinity'", last, "51", "'pending'", contact, "'email'", "'inbound'"};
    if (name == "events.list_pending")
      return {user, "'-infinity'", nil, "21", "'email'"};
    if (name == "events.get_event")
      return {user, event};
    if (name == "events.create_event")
      return {"gen_random_uuid()",
              user,
              quoted(org_id),
              "NULL",
              "'email'",
              "'inbound'",
              "'x'",
              "'x'",
              "NULL",
              "NULL",
              "NULL"};
    if (name == "events.import_events") {
      return {user,
              quoted(org_id),
              "ARRAY[gen_random_uuid()]",
              "ARRAY[NULL::uuid]",
              "ARRAY['email']",
              "ARRAY['inbound']",
              "ARRAY['x']",
              "ARRAY['x']",
              "ARRAY[NULL::text]",
              "ARRAY['pending']",
              "ARRAY[NULL::text]",
              "ARRAY[NULL::text]",
              "ARRAY[now()]"};
    }
    if (name == "events.set_status")
      return {user, event, "'sent'", "1"};
    if (name == "events.set_suggested_reply")
      return {user, event, "'{}'", "1"};
    if (name == "events.get_settings")
      return {user, nil};
    if (name == "events.put_settings")
      return {"gen_random_uuid()", user, "NULL", "'auto'", "NULL", "NULL", "NULL", "NULL"};
    if (name == "events.get_stats")
      return {user, "now() - interval '1 day'"};
    throw std::logic_error("no arguments for " + std::string(name));
  }
  static test::PlanFacts explain(const Query& query, PlanMode mode, std::vector<std::string> arguments) {
    return test::explain(*database, user_id, org_id, query, arguments, mode);
  }

  static inline std::unique_ptr<test::TestDatabase> database;
  static inline Uuid user_id, org_id, contact_id;
  static inline std::string event_id;
};

TEST_F(EventsPlans, EveryStatementUsesItsIndexAndKeepsItsBudgetWithBothKindsOfPlan) {
  for (const Query* query : sql::all) {
    for (const PlanMode mode : {PlanMode::custom, PlanMode::generic}) {
      SCOPED_TRACE(std::string(query->name) + " [" + std::string(query->variant) + "] " +
                   (mode == PlanMode::custom ? "custom" : "generic"));
      const auto facts = explain(*query, mode, arguments_of(query->name));
      EXPECT_TRUE(facts.sequential.empty()) << facts.text;
      if (!query->index.starts_with("none")) {
        EXPECT_TRUE(facts.uses_any_of(query->index)) << facts.text;
      }
      EXPECT_LE(facts.buffers, test::budget_of(query->budget, std::max<std::int64_t>(facts.rows, 1))) << facts.text;
    }
  }
}

TEST_F(EventsPlans, ListsNeverSort) {
  for (const Query* query : sql::all) {
    if (query->name != "events.list_events" && query->name != "events.list_pending")
      continue;
    for (const PlanMode mode : {PlanMode::custom, PlanMode::generic}) {
      const auto facts = explain(*query, mode, arguments_of(query->name));
      EXPECT_FALSE(facts.sorts) << query->variant << facts.text;
    }
  }
}

TEST_F(EventsPlans, ThePlainAndTheStatusPageCostEightBuffersAndOneARow) {
  using list = sql::list_events;
  for (const unsigned mask : {0U, static_cast<unsigned>(list::status)}) {
    for (const PlanMode mode : {PlanMode::custom, PlanMode::generic}) {
      const auto facts = explain(list::pick(mask), mode, arguments_of("events.list_events"));
      EXPECT_EQ(facts.rows, 51);
      EXPECT_LE(facts.buffers, 8 + facts.rows) << facts.text;
    }
  }
}

TEST_F(EventsPlans, AChannelThatTheUserHasNoneOfCostsAWalkOfTheUsersIndexAndNoMore) {
  using list = sql::list_events;
  auto arguments = arguments_of("events.list_events");
  arguments[6] = "'facebook'";
  for (const PlanMode mode : {PlanMode::custom, PlanMode::generic}) {
    const auto facts = explain(list::pick(list::channel), mode, arguments);
    EXPECT_EQ(facts.rows, 0);
    EXPECT_LE(facts.buffers, 650) << facts.text;
  }
}

}  // namespace
}  // namespace salesflow::events
