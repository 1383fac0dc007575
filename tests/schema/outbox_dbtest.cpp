// What writers leave in the outbox, whoever they are.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/schema/tenant_samples.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::order;
using test::samples;
using test::TestDatabase;

class Outbox : public testing::Test {
 protected:
  Outbox() { database.run("DELETE FROM outbox"); }

  /// What a statement leaves: "topic operation user organisation ids", tenants by their names.
  std::string left_by(const std::string& sql) {
    database.run("DELETE FROM outbox");
    database.run(sql);
    return left();
  }
  std::string left() {
    return database
        .run("SELECT coalesce(string_agg(concat_ws(' ', topic, operation, " + name_of("user_id") + ", " +
             name_of("org_id") + ", coalesce(cardinality(ids)::text, 'many')), ', ' ORDER BY topic, operation, " +
             name_of("user_id") + ", " + name_of("org_id") + "), '') FROM outbox")
        .value();
  }
  std::string name_of(const std::string& column) const {
    return fmt::format(
        "CASE {0} WHEN '{1}' THEN 'a' WHEN '{2}' THEN 'A' WHEN '{3}' THEN 'b' WHEN '{4}' THEN 'B' ELSE "
        "coalesce({0}::text, '-') END",
        column, a.user_id.to_string(), a.org_id.to_string(), b.user_id.to_string(), b.org_id.to_string());
  }
  std::string leads(const std::string& user, int count) const {
    return fmt::format("INSERT INTO leads (user_id, name) SELECT '{}', 'Lead ' || i FROM generate_series(1, {}) AS i",
                       user, count);
  }

  TestDatabase database;
  TestDatabase::Account a = database.create_account("a@example.com"), b = database.create_account("b@example.com");
  std::string user_a = a.user_id.to_string(), user_b = b.user_id.to_string();
};

TEST_F(Outbox, OneRowForAStatementWithTheIdsOfItsRows) {
  EXPECT_EQ(left_by(leads(user_a, 1)), "leads insert a - 1");
  EXPECT_EQ(database.run("SELECT ids[1] = (SELECT id FROM leads) FROM outbox").value(), "t");
  EXPECT_EQ(left_by(leads(user_a, 50)), "leads insert a - 50");
  EXPECT_EQ(database.run("SELECT count(*) FROM leads WHERE id = ANY ((SELECT ids FROM outbox)::uuid[])").integer(), 50);
  EXPECT_EQ(left_by("UPDATE leads SET company = 'x' WHERE name = 'Lead 2'"), "leads update a - 1");
  EXPECT_EQ(left_by("UPDATE leads SET company = 'x' WHERE false"), "");
  EXPECT_EQ(left_by("DELETE FROM leads WHERE name = 'Lead 2'"), "leads delete a - 1");
  EXPECT_EQ(left_by("DELETE FROM leads WHERE name = 'Lead 2'"), "");
}

TEST_F(Outbox, MoreThanFiftyAreMany) {
  EXPECT_EQ(left_by(leads(user_a, 51)), "leads insert a - many");
  EXPECT_EQ(left_by("UPDATE leads SET company = 'x'"), "leads update a - many");
  EXPECT_EQ(left_by("UPDATE leads SET company = 'x' WHERE name <> 'Lead 1'"), "leads update a - 50");
  EXPECT_EQ(left_by("DELETE FROM leads"), "leads delete a - many");
}

TEST_F(Outbox, EachTenantOfAStatementHasARowWithItsOwnIds) {
  EXPECT_EQ(left_by(fmt::format(
                "INSERT INTO leads (user_id, name) SELECT CASE WHEN i <= 60 THEN '{}' ELSE '{}' END::uuid, 'x' "
                "FROM generate_series(1, 63) AS i",
                user_a, user_b)),
            "leads insert a - many, leads insert b - 3");
  EXPECT_EQ(left_by(fmt::format(
                "INSERT INTO message_events (user_id, org_id, channel, direction, normalized_text) VALUES ('{}', "
                "'{}', 'email', 'inbound', 'x')",
                user_a, a.org_id.to_string())),
            "message_events insert a A 1");
  EXPECT_EQ(left_by(fmt::format("INSERT INTO contacts (org_id, name) VALUES ('{}', 'x')", b.org_id.to_string())),
            "contacts insert - B 1");
}

TEST_F(Outbox, ABulkLoadLeavesARowATenantAndStatement) {
  EXPECT_EQ(left_by(fmt::format(
                "INSERT INTO leads (user_id, name) SELECT CASE WHEN i < 5000 THEN '{}' ELSE '{}' END::uuid, 'x' "
                "FROM generate_series(1, 5001) AS i",
                user_a, user_b)),
            "leads insert a - many, leads insert b - many");
  database.run("DELETE FROM outbox");
  auto& session = database.session(Login::superuser);
  session.copy_start("COPY message_events (user_id, channel, direction, normalized_text) FROM STDIN").value();
  for (int i = 0; i < 3'000; ++i)
    session.copy_write((i % 2 == 0 ? user_a : user_b) + "\temail\tinbound\tx\n").value();
  EXPECT_EQ(session.copy_finish().value(), 3'000);
  EXPECT_EQ(left(), "message_events insert a A many, message_events insert b B many");
}

TEST_F(Outbox, ARowThatGoesToAnotherTenantIsToldToBoth) {
  database.run(leads(user_a, 2));
  EXPECT_EQ(left_by(fmt::format("UPDATE leads SET user_id = '{}' WHERE name = 'Lead 1'", user_b)),
            "leads update a - 1, leads update b - 1");
  EXPECT_EQ(database.run("SELECT count(DISTINCT ids) FROM outbox").integer(), 1);
  EXPECT_EQ(left_by(fmt::format("UPDATE leads SET user_id = '{}'", user_b)), "leads update a - 1, leads update b - 2")
      << "one of b's was touched, and one came";
  database.run(leads(user_a, 1'500));
  EXPECT_EQ(left_by(fmt::format("UPDATE leads SET user_id = '{}'", user_b)),
            "leads update a - many, leads update b - many");
}

TEST_F(Outbox, TriggersThatWriteTablesTellOfThese) {
  database.run(fmt::format("INSERT INTO dm_conversations (user_id, platform) VALUES ('{}', 'whatsapp')", user_a));
  EXPECT_EQ(
      left_by(
          "INSERT INTO dm_messages (user_id, conversation_id, direction, content) SELECT user_id, id, 'inbound', 'Hi' "
          "FROM dm_conversations, generate_series(1, 20)"),
      "dm_conversations update a - 1, dm_messages insert a - 20");
}

TEST_F(Outbox, PeopleAndOrganisationsAreTopics) {
  EXPECT_EQ(left_by(fmt::format("UPDATE users SET company = 'x' WHERE id = '{}'", user_a)), "users update a - 1");
  EXPECT_EQ(left_by(fmt::format("UPDATE organizations SET name = 'x' WHERE id = '{}'", a.org_id.to_string())),
            "organizations update - A 1");
  EXPECT_EQ(left_by(fmt::format("INSERT INTO org_members (org_id, user_id) VALUES ('{}', '{}')", a.org_id.to_string(),
                                user_b)),
            "org_members insert b A 1");
}

TEST_F(Outbox, WhatIsEverybodysNamesNobody) {
  EXPECT_EQ(left_by("UPDATE dm_sequence_templates SET description = 'x' WHERE user_id IS NULL"),
            "dm_sequence_templates update - - 1");
  EXPECT_EQ(left_by("ALTER TABLE leads REPLICA IDENTITY FULL; ALTER TABLE leads ALTER user_id DROP NOT NULL; INSERT "
                    "INTO leads (name) VALUES ('found')"),
            "leads insert - - 1");
  EXPECT_EQ(left_by(fmt::format("UPDATE leads SET user_id = '{}' WHERE name = 'found'", user_a)),
            "leads update - - 1, leads update a - 1");
  EXPECT_EQ(left_by("TRUNCATE crm_notes"), "crm_notes truncate - - many");
}

TEST_F(Outbox, AWriteThatIsRolledBackLeavesNothing) {
  EXPECT_EQ(left_by("BEGIN; " + leads(user_a, 1) + "; ROLLBACK"), "");
  EXPECT_EQ(left_by("BEGIN; SAVEPOINT s; " + leads(user_a, 1) + "; ROLLBACK TO s; " + leads(user_b, 1) + "; COMMIT"),
            "leads insert b - 1");
}

TEST_F(Outbox, NobodyWritesOrReadsItButThroughTriggersAndTheWorker) {
  database.run_as_tenant(a.user_id, a.org_id, leads(user_a, 1));
  EXPECT_EQ(left(), "leads insert a - 1");
  for (const std::string table : {"outbox", "salesflow.change_feed", "salesflow.change_subscribers"}) {
    for (const Login login : {Login::app, Login::auth}) {
      EXPECT_ANY_THROW(database.run_as(login, "SELECT FROM " + table)) << table;
      EXPECT_ANY_THROW(database.run_as(login, "DELETE FROM " + table)) << table;
      EXPECT_ANY_THROW(database.run_as(login, "INSERT INTO " + table + " DEFAULT VALUES")) << table;
    }
  }
  EXPECT_NO_THROW(database.run_as(Login::worker, "SELECT FROM salesflow.change_feed"));
  EXPECT_ANY_THROW(database.run_as(Login::worker, "SELECT FROM outbox"));
  EXPECT_ANY_THROW(database.run_as(Login::app, "SELECT salesflow.move_changes('{1}', '{9}', 1, 0)"));
  EXPECT_ANY_THROW(database.run_as(Login::worker, "INSERT INTO outbox (topic, operation) VALUES ('leads', 'insert')"));
  // What a caller puts in front of pg_catalog is not asked.
  database.run(
      "CREATE SCHEMA theirs; GRANT USAGE ON SCHEMA theirs TO PUBLIC; CREATE FUNCTION theirs.fails(uuid, uuid) RETURNS "
      "boolean "
      "LANGUAGE sql AS 'SELECT 1/0 = 1'; CREATE FUNCTION theirs.fails(bigint, integer) RETURNS boolean LANGUAGE sql AS "
      "'SELECT "
      "1/0 = 1'; CREATE FUNCTION theirs.fails(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT 1/0 = 1'; CREATE "
      "OPERATOR "
      "theirs.= (FUNCTION = theirs.fails, LEFTARG = uuid, RIGHTARG = uuid); CREATE OPERATOR theirs.= (FUNCTION = "
      "theirs.fails, "
      "LEFTARG = text, RIGHTARG = text); CREATE OPERATOR theirs.<= (FUNCTION = theirs.fails, LEFTARG = bigint, "
      "RIGHTARG = "
      "integer)");
  const std::string notes = fmt::format(
      "INSERT INTO public.autopilot_settings (user_id, mode) VALUES ('{}', 'off'); UPDATE "
      "public.autopilot_settings SET mode = 'auto'; DELETE FROM public.autopilot_settings",
      user_a);
  database.run("DELETE FROM outbox");
  database.run("SET search_path = theirs, pg_catalog, public; " + notes + "; RESET search_path");
  EXPECT_EQ(left(),
            "autopilot_settings delete a - 1, autopilot_settings insert a - 1, autopilot_settings update a - 1");
}

/// Walks the catalogue, so that a new table cannot be forgotten.
TEST_F(Outbox, EveryTableOfTenantsHasItsTriggers) {
  // Nobody reads their rows on a screen: they only remember, or are made from a source that is told.
  const std::set<std::string> silent{"idempotency_keys", "webhook_deliveries", "message_event_ids",
                                     "lead_scorings",    "lead_hot",           "org_session_users"};
  const auto summaries =
      database.run("SELECT name FROM salesflow.summaries UNION ALL SELECT name FROM salesflow.invalidation_logs");
  std::set<std::string> kept;
  for (std::size_t i = 0; i < summaries.rows.size(); ++i)
    kept.insert(summaries.value(i));
  const auto tables = database.run(
      "SELECT c.relname, (SELECT count(*) FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgname IN "
      "('salesflow_outbox_insert', 'salesflow_outbox_update', 'salesflow_outbox_delete', 'salesflow_outbox_truncate') "
      "AND "
      "t.tgenabled = 'O') FROM pg_class AS c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace "
      "= "
      "'public'::regnamespace AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = "
      "'salesflow_app_wall') ORDER BY 1");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < tables.rows.size(); ++i) {
    const std::string table = tables.value(i, 0);
    seen.insert(table);
    const bool is_kept = table.ends_with("_folded") || table.ends_with("_deltas") || kept.contains(table);
    EXPECT_EQ(tables.value(i, 1), is_kept || silent.contains(table) ? "0" : "4") << table;
  }
  for (const auto& [table, sample] : samples)
    EXPECT_TRUE(seen.contains(table)) << table;
}

/// A row of every table, written, changed and deleted, is told to its tenant.
TEST_F(Outbox, EveryTableTellsItsTenant) {
  for (const auto& table : order) {
    database.run("DELETE FROM outbox");
    database.run_as_tenant(a.user_id, a.org_id, "INSERT INTO public." + table + " " + samples.at(table),
                           {a.user_id.to_string(), a.org_id.to_string()});
    const bool is_silent = table == "idempotency_keys" || table == "webhook_deliveries" || table == "message_event_ids";
    EXPECT_EQ(
        database
            .run("SELECT count(*) FROM outbox WHERE topic = $1 AND operation = 'insert' AND cardinality(ids) = 1 AND "
                 "(user_id = $2 OR org_id = $3)",
                 {table, user_a, a.org_id.to_string()})
            .integer(),
        is_silent ? 0 : 1)
        << table << ": " << left();
  }
}

}  // namespace
}  // namespace salesflow
