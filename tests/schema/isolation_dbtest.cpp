// Generated from the catalogue: whatever salesflow_app may reach, it sees and changes nothing of another tenant, on a
// fresh database and on one found with policies that allow everything.
#include <gtest/gtest.h>

#include <map>

#include "platform/migrations/runner.hpp"
#include "tests/schema/tenant_samples.hpp"
#include "tests/support/taken_tables.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::migrations {
namespace {

using test::Login;
using test::order;
using test::samples;
using test::Schema;
using test::TestDatabase;

enum class Start { fresh, found };

/// One call of each function that salesflow_app may execute, with the other tenant's ids: $1 its user, $2 its
/// organisation, lead, contact and conversation. A function without an entry fails the test. The answer must be what
/// is given: rows as text, joined, NULL as -.
struct Call {
  std::string sql, answer;
};
const std::map<std::string, Call> calls{
    {"calculate_lead_event_stats", {"SELECT total_events FROM calculate_lead_event_stats($2::uuid)", ""}},
    {"calculate_p_scores", {"SELECT p_score FROM calculate_p_scores(ARRAY[$2::uuid, $1::uuid])", ""}},
    {"get_conversation_context", {"SELECT message FROM get_conversation_context($2::uuid)", ""}},
    {"get_user_analytics_summary",
     {"SELECT leads + hot_leads + new_leads + inbound_messages + outbound_messages + pending_events + "
      "open_conversations + open_deals + won_deals + feedback_sessions FROM get_user_analytics_summary($1::uuid)",
      "0"}},
    {"search_conversations", {"SELECT count(*) FROM search_conversations('eva')", "1"}},
    {"advance_sequences", {"SELECT count(*) FROM advance_sequences(ARRAY[$2::uuid])", "0"}},
    {"search_contacts", {"SELECT count(*) FROM search_contacts('eva')", "1"}},
    {"find_contacts", {"SELECT count(*) FROM find_contacts('eva', 10)", "1"}},
    {"search_deals", {"SELECT count(*) FROM search_deals('deal')", "1"}},
    {"currency_code", {"SELECT count(currency_code('eur'))", "1"}},
    {"currency_decimals", {"SELECT currency_decimals('KWD')", "3"}},
    {"money_text", {"SELECT count(money_text(1, 'EUR'))", "1"}},
    {"list_all_session_rows", {"SELECT count(*) FROM list_all_session_rows('-infinity', 'infinity')", "0"}},
    {"list_local_days", {"SELECT count(*) FROM list_local_days('UTC', current_date, current_date)", "2"}},
    {"view_refreshed_at", {"SELECT count(view_refreshed_at('mv_hot_leads'))", "1"}},
    // No row in it is a tenant's: no column holds an id of one.
    {"list_jobs", {"SELECT count(*) FROM salesflow.list_jobs() AS j WHERE j::text ~ $2::uuid::text", "0"}},
    {"list_figures", {"SELECT count(*) FROM salesflow.list_figures() AS f WHERE f::text ~ $2::uuid::text", "0"}},
    {"list_proofs", {"SELECT count(*) FROM salesflow.list_proofs(30) AS p WHERE p::text ~ $2::uuid::text", "0"}},
    {"list_trigger_faults",
     {"SELECT count(*) FROM salesflow.list_trigger_faults() AS f WHERE f::text ~ $2::uuid::text", "0"}},
    {"list_view_refreshes",
     {"SELECT count(*) FROM salesflow.list_view_refreshes() AS v WHERE v::text ~ $2::uuid::text", "0"}},
    {"may_operate", {"SELECT salesflow.may_operate()", "false"}},
    {"read_analytics_mode", {"SELECT mode FROM salesflow.read_analytics_mode()", ""}},
    {"switch_analytics_mode", {"SELECT count(salesflow.switch_analytics_mode('none'))", "0"}},
    {"read_cache_switch", {"SELECT is_on FROM salesflow.read_cache_switch()", ""}},
    {"switch_cache", {"SELECT count(salesflow.switch_cache(true))", "0"}},
    {"empty_cache", {"SELECT count(salesflow.empty_cache(false))", "0"}},
    {"list_cache_nodes",
     {"SELECT count(*) FROM salesflow.list_cache_nodes() AS n WHERE n::text ~ $2::uuid::text", "0"}},
    {"list_cache_figures",
     {"SELECT count(*) FROM salesflow.list_cache_figures() AS f WHERE f::text ~ $2::uuid::text", "0"}},
    {"list_changes", {"SELECT count(*) FROM salesflow.list_changes() AS c WHERE c::text ~ $2::uuid::text", "0"}},
    {"nearby_contacts", {"SELECT count(*) FROM nearby_contacts(48.2, 16.37, 5)", "1"}},
    {"add_org_member",
     {"SELECT org_name = (SELECT name FROM organizations) FROM salesflow.add_org_member('b@example.com', 'member', "
      "gen_random_uuid(), 'x', '\\x00', '1 h')",
      "true"}},
    {"set_org_member_role", {"SELECT outcome FROM salesflow.set_org_member_role($1::uuid, 'admin')", "not_found"}},
    {"text_as", {"SELECT salesflow.text_as('7', 0)", "7"}},
    {"day_start",
     {"SELECT salesflow.day_start('2026-03-29', 'Europe/Vienna') AT TIME ZONE 'UTC'", "2026-03-28 23:00:00"}},
    {"stages_known_since", {"SELECT salesflow.stages_known_since($2::uuid)", ""}},
    {"list_of", {"SELECT array_length(salesflow.list_of('[\"a\", null, \"b\"]'), 1)", "2"}},
    {"json_of", {"SELECT salesflow.json_of('no json') #>> '{}'", "no json"}},
    {"remove_org_member", {"SELECT outcome FROM salesflow.remove_org_member($1::uuid)", "not_found"}},
};

struct Isolation : ::testing::TestWithParam<Start> {
  TestDatabase database{GetParam() == Start::fresh ? Schema::migrated : Schema::empty};
  TestDatabase::Account a, b;

  void SetUp() override {
    if (GetParam() == Start::found) {
      database.run_as(Login::owner, test::taken_tables);
      Options options;
      options.database_url = database.url(Login::owner);
      ASSERT_TRUE(up(options));
    }
    a = database.create_account("a@example.com");
    b = database.create_account("b@example.com");
    for (const auto& account : {a, b}) {
      for (const auto& table : order) {
        database.run("INSERT INTO public." + table + " " + samples.at(table),
                     {account.user_id.to_string(), account.org_id.to_string()});
      }
    }
    database.run(
        "UPDATE message_events SET contact_id = org_id, template_version = 'v1', direction = 'outbound', "
        "autopilot_status = 'sent'; INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, "
        "normalized_text, created_at) SELECT user_id, org_id, contact_id, channel, 'inbound', 'x', created_at + "
        "interval "
        "'1 minute' FROM message_events");
    database.run("UPDATE leads SET p_score = 90");
    database.run("UPDATE lead_verifications SET v_score = 90");
    for (const char* name : {"mv_rlhf_sessions_daily", "mv_template_performance", "mv_hot_leads"}) {
      database.run("SELECT salesflow.refresh_materialized_view($1)", {name});
    }
    database.run("UPDATE rlhf_feedback_sessions SET outcome = 'converted'");
    database.run("SELECT salesflow.refresh_summaries(1000)");
    database.run("SELECT salesflow.fold_rollups(1000)");
    const auto logs = database.run("SELECT name FROM salesflow.invalidation_logs");
    for (std::size_t i = 0; i < logs.rows.size(); ++i)
      database.run("CALL salesflow.invalidate($1)", {logs.value(i)});
    database.run(
        "DO $$ DECLARE v_name text; BEGIN FOR v_name IN SELECT name FROM salesflow.rollups LOOP EXECUTE format('INSERT "
        "INTO public.%I SELECT * FROM public.%I', v_name || '_deltas', v_name || '_folded'); END LOOP; END $$");
  }
  /// Tables and views, as salesflow_app reaches them; a column of theirs that names the tenant, with its kind.
  cluster::SqlRows relations() {
    return database.run(
        "SELECT c.oid::regclass::text, c.relkind, CASE WHEN c.relname = 'organizations' THEN 'id' WHEN c.relname = "
        "'users' THEN 'id' WHEN definition.text LIKE '%app.org_id%' THEN 'org_id' ELSE 'user_id' END, definition.text "
        "LIKE '%app.org_id%' AND c.relname <> 'users' FROM pg_class AS c CROSS JOIN LATERAL (SELECT CASE WHEN "
        "c.relkind "
        "IN ('v', 'm') THEN concat(pg_get_viewdef(c.oid), (SELECT 'app.' || groups[1] FROM salesflow.rollups WHERE "
        "name "
        "= c.relname)) ELSE (SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE "
        "polrelid = c.oid AND polname = 'salesflow_app_wall') END AS text) AS definition WHERE c.relkind IN ('r', 'p', "
        "'v', 'm', 'f') AND c.relnamespace IN ('public'::regnamespace, 'salesflow'::regnamespace) AND NOT EXISTS "
        "(SELECT "
        "FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e') AND "
        "(has_table_privilege('salesflow_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') OR "
        "has_any_column_privilege('salesflow_app', c.oid, 'SELECT, INSERT, UPDATE')) ORDER BY 1");
  }
  /// The other tenant's rows in all tables that have them, by content.
  std::string rows_of_b() {
    std::string all;
    const auto tables = relations();
    for (std::size_t i = 0; i < tables.rows.size(); ++i) {
      if (tables.value(i, 1) == "r") {
        all += database
                   .run("SELECT count(*) || md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM " +
                            tables.value(i, 0) + " AS t WHERE " + tables.value(i, 2) + " = $1",
                        {(tables.value(i, 3) == "t" ? b.org_id : b.user_id).to_string()})
                   .value();
      }
    }
    return all;
  }
};

TEST_P(Isolation, EveryTableAndViewShowsTheCallersRowsAndNoOthers) {
  const auto reached = relations();
  ASSERT_GE(reached.rows.size(), 23U);
  const std::string before = rows_of_b();
  for (std::size_t i = 0; i < reached.rows.size(); ++i) {
    const std::string name = reached.value(i, 0), column = reached.value(i, 2);
    SCOPED_TRACE(name);
    const bool of_org = reached.value(i, 3) == "t";
    const std::string mine = (of_org ? a.org_id : a.user_id).to_string();
    const std::string count = "SELECT count(" + column + ") FROM " + name;
    const auto seen = database.run_as_tenant(a.user_id, a.org_id, count).integer();
    EXPECT_GE(seen, 1) << "nothing to see would prove nothing";
    EXPECT_EQ(seen, database
                        .run(name.starts_with("my_") || name.starts_with("our_")
                                 ? "SELECT " + std::to_string(seen)
                                 : count + " WHERE " + column + " = '" + mine + "'")
                        .integer());
    EXPECT_EQ(database.run_as_tenant(a.user_id, a.org_id, count + " WHERE " + column + " <> '" + mine + "'").integer(),
              0);
    EXPECT_EQ(database.run_as_tenant(std::nullopt, std::nullopt, count).integer(), 0);
  }
  // Writing: everything that can be reached, without a WHERE of its own; or not at all.
  for (std::size_t i = 0; i < reached.rows.size(); ++i) {
    const std::string name = reached.value(i, 0), column = reached.value(i, 2);
    for (const std::string& write : {"UPDATE " + name + " SET " + column + " = " + column, "DELETE FROM " + name}) {
      try {
        database.run_as_tenant(a.user_id, a.org_id, write);
      } catch (const std::exception&) {
      }
    }
    EXPECT_EQ(rows_of_b(), before) << name;
  }
}

TEST_P(Isolation, EveryFunctionKnowsNothingOfOthers) {
  const auto functions = database.run(
      "SELECT p.proname, p.prosecdef, coalesce(p.proconfig::text ~ 'search_path=pg_catalog, (public, )?pg_temp', "
      "false) FROM "
      "pg_proc AS p WHERE p.pronamespace IN ('public'::regnamespace, 'salesflow'::regnamespace, "
      "'salesflow_app'::regnamespace) AND "
      "has_function_privilege('salesflow_app', p.oid, 'EXECUTE') AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE "
      "d.objid = p.oid AND d.deptype = 'e') AND p.prorettype <> 'trigger'::regtype AND p.proowner IN "
      "('salesflow_owner'::regrole, 'salesflow_search'::regrole) AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) AS x "
      "WHERE x.grantee = 0) AND p.proacl IS NOT NULL ORDER BY 1");
  EXPECT_GE(functions.rows.size(), calls.size());
  const std::string before = rows_of_b();
  for (std::size_t i = 0; i < functions.rows.size(); ++i) {
    const std::string name = functions.value(i, 0);
    SCOPED_TRACE(name);
    ASSERT_TRUE(calls.contains(name)) << "has no call in this test";
    const auto& call = calls.at(name);
    // Both ids are always used, so that every call has both parameters.
    const auto answer = database.run_as_tenant(
        a.user_id, a.org_id,
        "WITH ids AS (SELECT $1::uuid, $2::uuid) SELECT string_agg(s::text, ',') FROM (" + call.sql + ") AS t (s)",
        {b.user_id.to_string(), b.org_id.to_string()});
    EXPECT_EQ(answer.value(), call.answer);
    if (functions.value(i, 1) == "t") {
      EXPECT_EQ(functions.value(i, 2), "t") << "runs with its owner's rights in the caller's search_path";
    }
    if (name != "add_org_member") {  // it makes b a member of a's organisation: b's, and so it should be
      EXPECT_EQ(rows_of_b(), before);
    }
    database.run("DELETE FROM org_members WHERE org_id = $1 AND user_id = $2",
                 {a.org_id.to_string(), b.user_id.to_string()});
  }
}

TEST_P(Isolation, WhatRunsWithMoreRightsLooksAtNoSchemaOfTheCallers) {
  // The triggers of the outbox, of plain counts and of invalidation logs run at every write and name every object with
  // its schema: a path of their own costs them 10 %.
  EXPECT_EQ(
      database
          .run("SELECT coalesce(string_agg(p.oid::regprocedure::text, ', ' ORDER BY 1), '') FROM pg_proc AS p WHERE "
               "p.prosecdef AND p.pronamespace IN ('salesflow'::regnamespace, 'salesflow_app'::regnamespace) AND "
               "coalesce(p.proconfig::text, '') !~ 'search_path=pg_catalog, (public, )?pg_temp' AND NOT EXISTS (SELECT "
               "FROM pg_trigger AS t WHERE t.tgfoid = p.oid AND t.tgname = 'salesflow_outbox_insert') AND p.proname "
               "NOT IN "
               "(SELECT 'rollup_' || name FROM salesflow.rollups WHERE entries ~ "
               "'^SELECT r.(\\w+) AS \\1, %1\\$s AS rows FROM %2\\$s AS r WHERE r.\\1 IS NOT NULL$') AND p.proname NOT "
               "IN "
               "(SELECT 'invalidate_' || name FROM salesflow.invalidation_logs)")
          .value(),
      "");
}

// Views with the caller's rights stand on tables with policies of their own.
TEST_P(Isolation, ViewsHideTheirRowsFromFunctionsOfTheCaller) {
  const auto views = database.run(
      "SELECT oid::regclass::text, coalesce(reloptions::text LIKE '%security_barrier=true%', false) FROM pg_class "
      "WHERE "
      "relkind = 'v' AND relnamespace = 'public'::regnamespace AND has_table_privilege('salesflow_app', oid, 'SELECT') "
      "AND relowner = 'salesflow_owner'::regrole AND relname <> 'theirs' AND coalesce(reloptions::text, '') NOT LIKE "
      "'%security_invoker=true%'");
  EXPECT_GE(views.rows.size(), 6U);
  for (std::size_t i = 0; i < views.rows.size(); ++i) {
    EXPECT_EQ(views.value(i, 1), "t") << views.value(i, 0);
  }
  EXPECT_EQ(database
                .run("SELECT count(*) FROM pg_class WHERE relkind = 'm' AND relnamespace = 'public'::regnamespace AND "
                     "relname NOT LIKE 'sf\\_found\\_%' AND has_table_privilege('salesflow_app', oid, 'SELECT')")
                .integer(),
            0);
}

INSTANTIATE_TEST_SUITE_P(OnADatabase, Isolation, ::testing::Values(Start::fresh, Start::found),
                         [](const auto& info) { return info.param == Start::fresh ? "Fresh" : "Found"; });

}  // namespace
}  // namespace salesflow::migrations
