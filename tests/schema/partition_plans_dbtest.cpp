// Every statement of events on the partitioned table: its budget and three buffers more a partition.
#include <gtest/gtest.h>

#include "features/events/queries.hpp"
#include "platform/partitions/partitions.hpp"
#include "tests/support/many_events.hpp"
#include "tests/support/plan_check.hpp"

namespace salesflow::partitions {
namespace {

using test::PlanMode;

std::vector<std::string> arguments_of(std::string_view name, const std::string& user, const std::string& org,
                                      const std::string& event) {
  const std::string last = "'ffffffff-ffff-ffff-ffff-ffffffffffff'", nil = "'00000000-0000-0000-0000-000000000000'";
  if (name == "events.list_events")
    return {user, "'infinity'", last, "51", "'pending'", "gen_random_uuid()", "'email'", "'inbound'"};
  if (name == "events.list_pending")
    return {user, "'-infinity'", nil, "21", "'email'"};
  if (name == "events.get_event")
    return {user, event};
  if (name == "events.create_event")
    return {"gen_random_uuid()", user, org, "NULL", "'email'", "'inbound'", "'x'", "'x'", "NULL", "NULL", "NULL"};
  if (name == "events.create_event_once")
    return {"gen_random_uuid()", user, org, "NULL", "'email'", "'inbound'", "'x'", "'x'", "NULL", "NULL", "NULL",
            "'another'"};
  if (name == "events.find_message")
    return {user, "'email'", "'m1'"};
  if (name == "events.set_status")
    return {user, event, "'sent'", "1"};
  if (name == "events.set_suggested_reply")
    return {user, event, "'{}'", "1"};
  if (name == "events.get_stats")
    return {user, "now() - interval '1 day'"};
  return {};
}

TEST(PartitionPlans, EveryStatementKeepsItsBudgetPlusThreeBuffersAPartition) {
  test::TestDatabase database;
  const auto account = database.create_account("anna@example.com"), other = database.create_account("otto@example.com");
  test::fill_events(database, account.user_id.to_string(), account.org_id.to_string(), 80'000);
  test::fill_events(database, other.user_id.to_string(), other.org_id.to_string(), 20'000);
  Options options;
  options.database_url = database.url(test::Login::owner);
  options.months_ahead = 11;
  ASSERT_TRUE(convert(options));
  // The months ahead are empty and not analyzed, as convert leaves them.
  database.run("VACUUM (ANALYZE) salesflow_partitions.message_events_legacy");
  const auto partitions =
      database.run("SELECT count(*) FROM pg_inherits WHERE inhparent = 'message_events'::regclass").integer();
  ASSERT_GE(partitions, 11);
  const std::string event =
      "'" +
      database.run("SELECT id FROM message_events WHERE user_id = $1 LIMIT 1", {account.user_id.to_string()}).value() +
      "'";
  database.run(
      "INSERT INTO message_event_ids (user_id, channel, message_id, event_id, created_at) SELECT user_id, 'email', "
      "'m1', "
      "id, created_at FROM message_events WHERE id = " +
      event);
  const auto quoted = [](const Uuid& id) { return "'" + id.to_string() + "'"; };
  for (const CatalogueEntry& entry : events::sql::catalogue) {
    const Query* query = entry.query;
    const auto arguments = arguments_of(query->name, quoted(account.user_id), quoted(account.org_id), event);
    if (arguments.empty())
      continue;  // settings, which are another table; imports, which insert
    for (const PlanMode mode : {PlanMode::custom, PlanMode::generic}) {
      SCOPED_TRACE(std::string(query->name) + " [" + std::string(query->variant) + "] " +
                   (mode == PlanMode::custom ? "custom" : "generic"));
      const auto facts = test::explain(database, account.user_id, account.org_id, *query, arguments, mode);
      EXPECT_TRUE(facts.sequential.empty()) << facts.text;
      EXPECT_LE(facts.buffers, test::budget_of(query->budget, std::max<std::int64_t>(facts.rows, 1)) + 3 * partitions)
          << facts.text;
      if (query->name == "events.list_events" || query->name == "events.list_pending") {
        EXPECT_FALSE(facts.sorts) << facts.text;
      }
    }
  }
}

}  // namespace
}  // namespace salesflow::partitions
