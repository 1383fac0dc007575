// The cache's tags against the database: what writes really change. Not by reading headers: by PostgreSQL's own counts
// of changed rows.
#include <algorithm>
#include <regex>

#include "features/stream/topics.hpp"
#include "tests/schema/cache_tables_rig.hpp"

namespace salesflow::test {
namespace {

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
    {"leads.create_lead", "company", "NULL"},
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
  for (const std::string_view room : {"jobs", "changes", "idempotency", "adoption", "proof", "cache", "partitions"}) {
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
  auto& session = database().session(Login::superuser);
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
    EXPECT_TRUE(done) << title_of(entry) << ": " << (done ? "" : done.error().public_detail) << " " << values;
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
}  // namespace salesflow::test
