// The cache's tags against the database: what reads are really made of, by plans and by the functions that they call,
// and what kept tables and views stand for.
#include <boost/json.hpp>
#include <regex>

#include "tests/schema/cache_tables_rig.hpp"

namespace salesflow::test {
namespace {

namespace json = boost::json;

void collect_relations(const json::value& value, Names& relations) {
  if (const auto* list = value.if_array()) {
    for (const auto& one : *list)
      collect_relations(one, relations);
  }
  const auto* object = value.if_object();
  if (!object)
    return;
  if (const auto* name = object->if_contains("Relation Name")) {
    const std::string schema(object->at("Schema").as_string());
    if (schema == "public" || schema == "salesflow")
      relations.insert((schema == "public" ? "" : schema + ".") + std::string(name->as_string()));
  }
  for (const auto& member : *object)
    collect_relations(member.value(), relations);
}

/// Tables in the bodies of our functions that the text calls, and of those that they call.
Names relations_of_functions(TestDatabase& database, const std::string& text, Names& looked_at) {
  static const std::regex call(R"(\b(?:salesflow\.|public\.)?([a-z_]+)\s*\()");
  static const std::regex table(R"(\b(public|salesflow)\.([a-z_]+)\b(?!\s*\())");
  Names found;
  for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) {
    if (!looked_at.insert((*at)[1]).second)
      continue;
    const auto bodies = database.run(
        "SELECT p.prosrc FROM pg_proc AS p WHERE p.proname = $1 AND p.pronamespace::regnamespace::text ~ "
        "'^(public|salesflow)' AND p.prorettype <> 'trigger'::regtype AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE "
        "d.objid "
        "= p.oid AND d.deptype = 'e')",
        {(*at)[1].str()});
    for (std::size_t i = 0; i < bodies.rows.size(); ++i) {
      const std::string body = bodies.value(i);
      for (std::sregex_iterator name(body.begin(), body.end(), table); name != end; ++name) {
        const std::string full = ((*name)[1] == "public" ? "" : "salesflow.") + (*name)[2].str();
        if (database
                .run("SELECT count(*) FROM pg_class WHERE oid = to_regclass($1) AND relkind IN ('r', 'p', 'v', 'm')",
                     {(*name)[1].str() + "." + (*name)[2].str()})
                .integer() == 1)
          found.insert(full);
      }
      found.merge(relations_of_functions(database, body, looked_at));
    }
  }
  return found;
}

TEST_F(CacheTables, AReadNamesEveryTableThatItsAnswerIsMadeOf) {
  static const std::regex view(R"(\b((?:my|our)_[a-z_]+)\b)");
  std::size_t planned = 0;
  std::set<std::string_view> seen;
  for (const CatalogueEntry& entry : all_statements()) {
    const Query& query = *entry.query;
    if (query.mode != QueryMode::read || query.file.starts_with("platform/adoption/") ||
        query.file.starts_with("platform/doctor/"))
      continue;  // adoption runs before there is a service, the doctor answers no request
    const Names reads = names_of(query.reads);
    Names relations, functions;
    if (entry.unplanned.empty()) {
      auto& session = database().session(Login::app);
      std::string nulls;
      for (std::size_t i = 0; i < query.arguments.size(); ++i)
        nulls += nulls.empty() ? "NULL" : ", NULL";
      session.run("BEGIN; " + as_tenant() + "SET LOCAL plan_cache_mode = force_generic_plan; " + prepare(query))
          .value();
      json::parse_options deep;
      deep.max_depth = 128;
      const auto plan = session.run("EXPLAIN (VERBOSE, COSTS off, FORMAT JSON) EXECUTE checked" +
                                    (nulls.empty() ? "" : "(" + nulls + ")"));
      ASSERT_TRUE(plan) << title_of(entry) << ": " << plan.error().public_detail;
      collect_relations(json::parse(plan->value(), {}, deep), relations);
      session.run("ROLLBACK; DEALLOCATE ALL").value();
      ++planned;
    }
    if (seen.insert(query.name).second) {  // all variants call the same functions
      // The service's own books (backfills, roll-ups, passwords) are no rows of an answer that is kept.
      for (const std::string& table : relations_of_functions(database(), std::string(query.text), functions)) {
        if (apps::reach_of(table, QueryMode::read) != apps::Reach::nobody &&
            (apps::is_known(table) || !table.starts_with("salesflow.")))
          relations.insert(table);
      }
    }
    // The walls of these two ask for memberships; one's own row and the organisation in use are seen without.
    if (reads.contains("organizations") || reads.contains("users"))
      relations.erase("org_members");
    const Names told = sources_of(reads);
    for (const std::string& relation : relations) {
      const std::string table = relation_of(relation);
      EXPECT_TRUE(apps::is_known(table)) << table << " of " << query.file << " is not in cache/tables.cpp";
      for (const std::string& source : sources_of({table})) {
        EXPECT_TRUE(told.contains(source)) << title_of(entry) << " reads " << relation << ", and its reads ("
                                           << query.reads << ") do not tell of " << source;
      }
    }
    // A view of an organisation's rows has another reach than its table.
    const std::string text(query.text);
    for (std::sregex_iterator at(text.begin(), text.end(), view), end; at != end; ++at) {
      if (apps::is_known((*at)[1].str())) {
        EXPECT_TRUE(reads.contains((*at)[1].str())) << query.file << " does not name " << (*at)[1];
      }
    }
  }
  EXPECT_GT(planned, 500U);
}

/// What a statement's own text shows, the build asks for (cmake/tools/sql_file.cpp).
TEST_F(CacheTables, AReadWhoseFunctionsAskForTheTimeSaysSo) {
  const Names clocks = names(
      "SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace::regnamespace::text ~ '^(public|salesflow)' AND "
      "p.prorettype <> 'trigger'::regtype AND p.prosrc ~* "
      "'\\m(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\\s*\\(|\\m(current_date|current_"
      "time|current_timestamp|localtime|localtimestamp)\\M' AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = "
      "p.oid AND d.deptype = 'e')");
  EXPECT_GT(clocks.size(), 10U);
  int found = 0;
  std::set<std::string_view> seen;
  for (const CatalogueEntry& entry : all_statements()) {
    if (entry.query->mode != QueryMode::read || !seen.insert(entry.query->name).second)
      continue;
    Names called;
    (void)relations_of_functions(database(), std::string(entry.query->text), called);
    for (const std::string& name : called) {
      if (!clocks.contains(name))
        continue;
      ++found;
      EXPECT_NE(entry.query->clock, "") << entry.query->file << " calls " << name << "(), which asks for the time";
    }
  }
  EXPECT_GT(found, 5);
}

TEST_F(CacheTables, WhatIsKeptStandsForWhatItIsKeptOf) {
  const auto kept = database().run(
      "SELECT name, replace(source, 'public.', '') FROM salesflow.rollups UNION ALL SELECT name, replace(source, "
      "'public.', '') FROM salesflow.invalidation_logs UNION ALL SELECT s.name, replace(l.source, 'public.', '') FROM "
      "salesflow.summaries AS s JOIN salesflow.invalidation_logs AS l ON l.name = s.log");
  EXPECT_GT(kept.rows.size(), 20U);
  for (std::size_t i = 0; i < kept.rows.size(); ++i) {
    EXPECT_TRUE(apps::is_known(kept.value(i))) << kept.value(i);
    EXPECT_EQ(sources_of({kept.value(i)}), sources_of({kept.value(i, 1)})) << kept.value(i);
    EXPECT_EQ(apps::reach_of(kept.value(i), QueryMode::write), apps::Reach::nobody) << kept.value(i);
  }
}

TEST_F(CacheTables, AViewStandsForWhatItIsMadeOf) {
  const auto views = database().run(
      "SELECT DISTINCT v.relname, t.relname FROM pg_rewrite AS r JOIN pg_class AS v ON v.oid = r.ev_class JOIN "
      "pg_depend AS d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass JOIN pg_class AS t ON t.oid = "
      "d.refobjid WHERE d.refclassid = 'pg_class'::regclass AND t.oid <> v.oid AND v.relkind = 'v' AND v.relnamespace "
      "= 'public'::regnamespace");
  EXPECT_GT(views.rows.size(), 20U);
  for (std::size_t i = 0; i < views.rows.size(); ++i) {
    EXPECT_TRUE(apps::is_known(views.value(i))) << views.value(i);
    const Names told = sources_of({views.value(i)});
    for (const std::string& source : sources_of({relation_of(views.value(i, 1))}))
      EXPECT_TRUE(told.contains(source)) << views.value(i) << " reads " << source;
  }
  // A materialized view changes when it is refreshed, which is noted.
  for (const std::string& view : names("SELECT matviewname FROM pg_matviews WHERE schemaname = 'public'"))
    EXPECT_EQ(sources_of({view}), Names{"salesflow.view_refreshes"}) << view;
}

}  // namespace
}  // namespace salesflow::test
