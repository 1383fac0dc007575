// The cache's tags against the database: what statements really read and change, and what tables really are made of.
// Not by reading headers: by plans, and by PostgreSQL's own counts of changed rows.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <regex>
#include <set>

#include "apps/salesflow/cache/tables.hpp"
#include "features/stream/topics.hpp"
#include "tests/schema/generated_database.hpp"

namespace salesflow {
namespace {

namespace json = boost::json;
using Names = std::set<std::string>;

/// A roll-up is a view over two tables.
std::string relation_of(std::string table) {
  for (const std::string_view part : {"_folded", "_deltas"}) {
    if (table.ends_with(part))
      table.resize(table.size() - part.size());
  }
  return table;
}

Names sources_of(const Names& tables) {
  Names sources;
  for (const std::string& table : tables) {
    for (const std::string_view source : apps::stands_for(table))
      sources.emplace(source);
  }
  return sources;
}

Names names_of(std::string_view list) {
  return list.starts_with("none") ? Names{} : test::names_in(list);
}

/// Sample arguments with which a write really writes, where those of the slices do not, or where there are none.
struct Hit {
  std::string_view statement, parameter, expression;
};
constexpr std::string_view fellow =
    "(SELECT user_id FROM org_members WHERE org_id = current_setting('app.org_id')::uuid AND role <> 'owner' ORDER BY "
    "user_id LIMIT 1)";
constexpr Hit hits[] = {
    {"", "offset_rows", "0"},
    {"accounts.add_member", "email", "'new@example.com'"},
    {"accounts.add_member", "role", "'member'"},
    {"accounts.add_member", "new_user_id", "gen_random_uuid()"},
    {"accounts.add_member", "name", "'New'"},
    {"accounts.add_member", "ttl_s", "60"},
    {"accounts.change_password", "except_session", "NULL"},
    {"accounts.create_password_reset", "email", "(SELECT min(email) FROM users WHERE password_hash <> '!')"},
    {"accounts.create_password_reset", "ttl_s", "60"},
    {"accounts.ensure_profile", "user_id", "gen_random_uuid()"},
    {"accounts.ensure_profile", "email", "'late@example.com'"},
    {"accounts.ensure_profile", "full_name", "'Late'"},
    {"accounts.note_attempt", "subject", "'x'"},
    {"accounts.note_attempt", "address", "'192.0.2.1'"},
    {"accounts.note_attempt", "account_max", "5"},
    {"accounts.note_attempt", "address_max", "5"},
    {"accounts.note_attempt", "window_s", "60"},
    {"accounts.open_session", "session_id", "gen_random_uuid()"},
    {"accounts.open_session", "user_agent", "'x'"},
    {"accounts.open_session", "refresh_ttl_s", "60"},
    {"accounts.provision_organization", "user_id", "(SELECT id FROM users WHERE email = 'alone@example.com')"},
    {"accounts.provision_organization", "new_org_id", "gen_random_uuid()"},
    {"accounts.purge_expired", "rows_max", "100"},
    {"accounts.record_login", "email", "(SELECT email FROM users LIMIT 1)"},
    {"accounts.remove_member", "user_id", fellow},
    {"accounts.set_member_role", "user_id", fellow},
    {"accounts.set_member_role", "role",
     "(SELECT CASE role WHEN 'admin' THEN 'member' ELSE 'admin' END FROM org_members WHERE org_id = "
     "current_setting('app.org_id')::uuid AND role <> 'owner' ORDER BY user_id LIMIT 1)"},
    {"leads.create_lead", "instagram", "'nobody.has.this'"},
    {"leads.create_lead", "email", "'nobody.has@this.example'"},
    {"leads.create_lead", "phone", "'+43 660 99999999'"},
    {"leads.create_lead", "name", "'Nobody Has This'"},
    {"accounts.revoke_session", "session_id", "gen_random_uuid()"},
    {"accounts.rotate_refresh_token", "presented_hash", "sha256('x')"},
    {"accounts.rotate_refresh_token", "successor_hash", "sha256('y')"},
    {"accounts.rotate_refresh_token", "successor_sealed", "sha256('z')"},
    {"accounts.rotate_refresh_token", "refresh_ttl_s", "60"},
    {"accounts.rotate_refresh_token", "grace_s", "60"},
    {"accounts.signup_user", "user_id", "gen_random_uuid()"},
    {"accounts.signup_user", "org_id", "gen_random_uuid()"},
    {"accounts.signup_user", "email", "'signed.up@example.com'"},
    {"accounts.signup_user", "org_name", "'Organisation'"},
    {"accounts.store_password_hash", "fingerprint", "sha256('x')"},
    {"", "password_hash", "'$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'"},
    {"", "bcrypt", "NULL"},
    {"accounts.use_password_reset", "token_hash", "sha256('reset')"},
    {"", "token_hash", "sha256('t')"},
    {"", "refresh_hash", "sha256('r')"},
    {"ops.set_analytics_mode", "mode", "'raw'"},
    {"ops.switch_analytics_mode", "mode", "'raw'"},
    {"ops.set_cache_switch", "is_on", "false"},
    {"ops.switch_cache", "is_on", "false"},
    {"ops.empty_cache", "memory_only", "false"},
    {"ops.flush_cache", "memory_only", "false"},
    {"ops.rebuild_figure", "name", "'user_lead_counts'"},
    {"opportunities.add_agent", "email", "'agent@example.com'"},
    {"opportunities.add_agent", "agent_id", "gen_random_uuid()"},
    {"opportunities.add_agent", "agent_name", "'Agent'"},
};

/// Writes that change no row even so, with the reason.
struct Excuse {
  std::string_view statement, reason;
};
constexpr Excuse changes_nothing[] = {
    {"analytics.refresh_due_view", "no view is wanted by anybody"},
    {"ops.switch_analytics_mode", "the samples' user is no superadmin; ops.set_analytics_mode does the same"},
};

class CacheTables : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    made = std::make_unique<test::GeneratedDatabase>();
    const auto options = test::GeneratedDatabase::options(3, 3'000, 300);
    made->load(options);
    made->database.run(test::fill_the_rest);
    made->finish(options.demo_email);
    made->database.run(
        "INSERT INTO users (id, email, password_hash, name) VALUES (gen_random_uuid(), 'alone@example.com', 'none', "
        "'Alone')");
    made->database.run(
        "INSERT INTO salesflow.password_reset_tokens (token_hash, user_id, expires_at) SELECT sha256('reset'), id, "
        "now() + interval '1 hour' FROM users WHERE email = 'alone@example.com'");
    made->database.run(
        "UPDATE dm_conversations SET status = 'in_sequence', sequence_paused = false, next_sequence_action_at = now() "
        "- "
        "interval '1 hour' WHERE id IN (SELECT id FROM dm_conversations WHERE user_id = $1 ORDER BY id LIMIT 3)",
        {made->tenant.user_id->to_string()});
    made->database.run("VACUUM (ANALYZE)");
  }
  static void TearDownTestSuite() { made.reset(); }

  static test::TestDatabase& database() { return made->database; }
  static Names names(const std::string& sql, const std::vector<std::optional<std::string>>& parameters = {}) {
    const auto rows = database().run(sql, parameters);
    Names found;
    for (std::size_t i = 0; i < rows.rows.size(); ++i)
      found.insert(rows.value(i));
    return found;
  }
  static std::string as_tenant() {
    return fmt::format(
        "SET LOCAL search_path = salesflow_app, public, extensions; SELECT set_config('app.user_id', '{}', true), "
        "set_config('app.org_id', '{}', true); ",
        made->tenant.user_id->to_string(), made->tenant.org_id->to_string());
  }
  /// PREPARE checked (types) AS the statement.
  static std::string prepare(const Query& query) {
    std::string types;
    for (const auto oid : query.types)
      types += fmt::format("{}{}", types.empty() ? "" : ", ", type_name(oid));
    return fmt::format("PREPARE checked{} AS {}", types.empty() ? "" : "(" + types + ")", query.text);
  }
  static const std::string& type_name(std::uint32_t oid) {
    static std::map<std::uint32_t, std::string> known;
    auto& name = known[oid];
    if (name.empty())
      name = database().run("SELECT format_type($1, NULL)", {std::to_string(oid)}).value();
    return name;
  }

  static inline std::unique_ptr<test::GeneratedDatabase> made;
};

/// Rows by table that a transaction inserted, changed or deleted until now. The counters of a session also hold what
/// earlier transactions have not reported yet, so they are compared with themselves.
std::map<std::string, std::int64_t> changed_rows(cluster::SqlSession& session) {
  const auto rows = session
                        .run(
                            "SELECT CASE schemaname WHEN 'public' THEN '' ELSE schemaname || '.' END || relname, "
                            "n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
                        .value();
  std::map<std::string, std::int64_t> counts;
  for (std::size_t i = 0; i < rows.rows.size(); ++i)
    counts[rows.value(i)] = rows.integer(i, 1);
  return counts;
}

/// Whether the tags of a write tell readers of the table.
bool is_told(const std::string& changed, const Names& writes) {
  const std::string table = relation_of(changed);
  Names told = writes;
  for (const std::string& one : writes) {
    for (const std::string_view other : apps::also_writes(one))
      told.emplace(other);
  }
  if (told.contains(table))
    return true;
  if (!apps::is_known(table) || apps::reach_of(table, QueryMode::write) != apps::Reach::nobody)
    return false;
  if (apps::reach_of(table, QueryMode::read) == apps::Reach::nobody)
    return true;  // no answer that is kept reads it
  const auto sources = apps::stands_for(table);
  return std::any_of(sources.begin(), sources.end(), [&](auto source) { return told.contains(std::string(source)); });
}

/// What keeps the service itself going writes tables that no request reads, and has no samples.
bool is_of_machinery(const Query& query) {
  for (const std::string_view room : {"jobs", "changes", "idempotency", "adoption", "proof", "cache"}) {
    if (query.file.starts_with("platform/" + std::string(room) + "/"))
      return true;
  }
  return false;
}

/// What is kept is brought up to date, which changes no answer; or mended, which operators see who empty the cache,
/// too.
bool folds(const Query& query) {
  static const std::set<std::string_view> names{"analytics.fold_rollups", "analytics.refresh_summaries",
                                                "ops.fold_figures", "ops.refresh_figures", "ops.rebuild_figure"};
  return names.contains(query.name);
}

bool names_a_kept_table(const Query& query) {
  const Names writes = names_of(query.writes);
  return std::any_of(writes.begin(), writes.end(), [](const std::string& table) {
    return apps::reach_of(table, QueryMode::write) != apps::Reach::nobody;
  });
}

TEST_F(CacheTables, AWriteChangesNoTableThatItsTagsDoNotName) {
  auto& session = database().session(test::Login::superuser);
  std::set<std::string_view> writes_something, all, excused;
  for (const auto& one : changes_nothing)
    excused.insert(one.statement);
  for (const CatalogueEntry& entry : all_statements()) {
    const Query& query = *entry.query;
    if (query.mode != QueryMode::write || is_of_machinery(query))
      continue;
    if (names_a_kept_table(query))
      all.insert(query.name);
    // What is hit is chosen here; the slices' samples give the rest.
    std::vector<std::string_view> parameters(entry.parameters.begin(), entry.parameters.end());
    std::map<std::size_t, std::string_view> chosen;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      for (const Hit& hit : hits) {
        if ((hit.statement == query.name || hit.statement.empty()) && hit.parameter == parameters[i] &&
            !chosen.contains(i))
          chosen[i] = hit.expression;
      }
      if (chosen.contains(i))
        parameters[i] = "offset_rows";
    }
    CatalogueEntry rest = entry;
    rest.parameters = parameters;
    auto literals = made->arguments->of(rest);
    if (!literals) {
      ADD_FAILURE() << literals.error().public_detail;
      continue;
    }
    for (const auto& [position, expression] : chosen) {
      literals->at(position) =
          session.run("BEGIN; " + as_tenant() + "SELECT quote_nullable((" + std::string(expression) + ")::text)")
              .value()
              .value();
      session.run("ROLLBACK").value();
    }
    std::string values;
    for (const auto position : query.arguments)
      values += (values.empty() ? "" : ", ") + literals->at(position);
    const auto prepared = session.run("BEGIN; " + as_tenant() + prepare(query));
    const auto before = prepared ? changed_rows(session) : std::map<std::string, std::int64_t>();
    const auto done = prepared ? session.run("EXECUTE checked" + (values.empty() ? "" : "(" + values + ")")) : prepared;
    EXPECT_TRUE(done) << test::title_of(entry) << ": " << (done ? "" : done.error().public_detail) << " " << values;
    if (done) {
      for (const auto& [table, count] : changed_rows(session)) {
        if (folds(query) && apps::reach_of(relation_of(table), QueryMode::write) == apps::Reach::nobody)
          continue;
        const auto earlier = before.find(table);
        if (count == (earlier == before.end() ? 0 : earlier->second))
          continue;
        writes_something.insert(query.name);
        EXPECT_TRUE(is_told(table, names_of(query.writes)))
            << query.file << " changes " << table << ", which neither its writes (" << query.writes
            << ") nor cache/tables.cpp tell of";
      }
    }
    session.run("ROLLBACK").value();
    session.run("DEALLOCATE ALL").value();
  }
  for (const auto name : all) {
    EXPECT_NE(writes_something.contains(name), excused.contains(name))
        << name << (excused.contains(name) ? " needs no excuse" : " changes nothing with its sample arguments");
  }
  EXPECT_GT(writes_something.size(), 70U);
}

/// A DELETE takes along what refers to its rows, or empties the reference, whether a sample has such rows or not.
TEST_F(CacheTables, ADeleteNamesWhatForeignKeysTakeAlong) {
  static const std::regex deleted(R"(\bDELETE\s+FROM\s+(?:public\.)?([a-z_]+))", std::regex::icase);
  int looked_at = 0;
  for (const CatalogueEntry& entry : all_statements()) {
    const std::string text(entry.query->text);
    for (std::sregex_iterator at(text.begin(), text.end(), deleted), end; at != end; ++at) {
      const auto along = names(R"sql(
WITH RECURSIVE along AS (
  SELECT k.conrelid, k.confdeltype FROM pg_constraint AS k
  WHERE k.contype = 'f' AND k.confdeltype IN ('c', 'n', 'd') AND k.confrelid = to_regclass('public.' || $1)
  UNION SELECT k.conrelid, k.confdeltype FROM along AS a JOIN pg_constraint AS k
    ON k.confrelid = a.conrelid AND k.contype = 'f' AND k.confdeltype IN ('c', 'n', 'd') AND a.confdeltype = 'c'
) SELECT DISTINCT c.relname FROM along AS a JOIN pg_class AS c ON c.oid = a.conrelid)sql",
                               {(*at)[1].str()});
      for (const std::string& table : along) {
        ++looked_at;
        EXPECT_TRUE(is_told(table, names_of(entry.query->writes)))
            << entry.query->file << ": rows of " << table << " go with those of " << (*at)[1];
      }
    }
  }
  EXPECT_GT(looked_at, 10);
}

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
Names relations_of_functions(test::TestDatabase& database, const std::string& text, Names& looked_at) {
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
    if (query.mode != QueryMode::read || query.file.starts_with("platform/adoption/"))
      continue;  // adoption runs before there is a service
    const Names reads = names_of(query.reads);
    Names relations, functions;
    if (entry.unplanned.empty()) {
      auto& session = database().session(test::Login::app);
      std::string nulls;
      for (std::size_t i = 0; i < query.arguments.size(); ++i)
        nulls += nulls.empty() ? "NULL" : ", NULL";
      session.run("BEGIN; " + as_tenant() + "SET LOCAL plan_cache_mode = force_generic_plan; " + prepare(query))
          .value();
      json::parse_options deep;
      deep.max_depth = 128;
      const auto plan = session.run("EXPLAIN (VERBOSE, COSTS off, FORMAT JSON) EXECUTE checked" +
                                    (nulls.empty() ? "" : "(" + nulls + ")"));
      ASSERT_TRUE(plan) << test::title_of(entry) << ": " << plan.error().public_detail;
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
        EXPECT_TRUE(told.contains(source)) << test::title_of(entry) << " reads " << relation << ", and its reads ("
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

/// Writers outside of the service tell by the outbox: its topics are base tables whose tags reach at least their
/// readers.
TEST_F(CacheTables, ATopicOfTheOutboxIsABaseTable) {
  const Names topics = names(
      "SELECT DISTINCT c.relname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE t.tgname = "
      "'salesflow_outbox_insert' AND NOT c.relispartition");
  EXPECT_GE(topics.size(), 20U);
  for (const std::string& topic : topics) {
    EXPECT_TRUE(apps::is_known(topic)) << topic;
    EXPECT_EQ(sources_of({topic}), Names{topic});
    const apps::Reach reach = apps::reach_of(topic, QueryMode::write);
    if (reach == apps::Reach::everyone)
      continue;
    const stream::Topic* const readers = stream::find_topic(topic);
    ASSERT_TRUE(readers) << topic;
    EXPECT_EQ(includes(reach, apps::Reach::user), readers->readers != stream::Readers::organization) << topic;
    if (readers->readers == stream::Readers::organization) {
      EXPECT_TRUE(includes(reach, apps::Reach::organization)) << topic;
    }
    if (readers->readers == stream::Readers::user_or_shared) {
      EXPECT_TRUE(includes(reach, apps::Reach::everyone)) << topic;
    }
  }
}

}  // namespace
}  // namespace salesflow
