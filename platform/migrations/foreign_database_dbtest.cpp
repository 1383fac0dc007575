// Adoption: a database that someone else built goes through plan, up, use and down, and is given back as it was.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "platform/cluster/postgres.hpp"
#include "platform/cluster/sql_session.hpp"
#include "platform/migrations/runner.hpp"
#include "tests/support/foreign_database.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/servers.hpp"

namespace salesflow::migrations {
namespace {

using cluster::SqlSession;

constexpr int events = 3'000;

/// A cluster of its own, because roles belong to the cluster and must come back equal, too.
struct ForeignServer {
  std::unique_ptr<cluster::PrivatePostgres> server;
  std::string owner_url, superuser_url;

  explicit ForeignServer(const std::string& name) {
    auto& servers = test::Servers::instance();
    cluster::PostgresOptions options;
    options.name = name;
    server = cluster::PrivatePostgres::start(servers.home(), options).value();
    auto admin = SqlSession::connect(server->superuser_url()).value();
    admin.run(test::foreign_roles_sql("manager", "p")).value();
    admin.run("CREATE DATABASE crm OWNER manager").value();
    superuser_url = server->superuser_url("crm");
    owner_url = server->url("crm", "manager", "p");
    SqlSession::connect(superuser_url).value().run(test::foreign_platform_sql("manager")).value();
    SqlSession::connect(owner_url).value().run(test::foreign_tables_sql(events)).value();
  }

  SqlSession session() const { return SqlSession::connect(superuser_url).value(); }
};

/// Table → statement that hashes the columns found now.
std::map<std::string, std::string> hash_statements(SqlSession& session) {
  std::map<std::string, std::string> statements;
  const auto rows = session.run(test::foreign_columns_sql()).value();
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    statements[rows.value(i, 0)] = rows.value(i, 1);
  }
  return statements;
}

std::map<std::string, std::string> hashes(SqlSession& session, const std::map<std::string, std::string>& statements) {
  std::map<std::string, std::string> found;
  for (const auto& [table, statement] : statements) {
    found[table] = session.run(statement).value().value();
  }
  return found;
}

Options options_for(const std::string& url, std::string to = {}) {
  Options options;
  options.database_url = url;
  options.to = std::move(to);
  options.backfill_limits.duty = 1;
  return options;
}

/// What each user sees as the service, of a found table, must be its own.
void expect_own_rows_only(const ForeignServer& foreign) {
  auto admin = foreign.session();
  admin.run("ALTER ROLE salesflow_app LOGIN PASSWORD 'p'").value();
  auto app = SqlSession::connect(foreign.server->url("crm", "salesflow_app", "p")).value();
  const std::string user = "00000000-0000-7000-8000-000000000003";
  for (const char* table : {"message_events", "leads", "lead_verifications", "lead_enrichments", "lead_intents",
                            "crm_notes", "rlhf_feedback_sessions", "dm_conversations", "dm_messages"}) {
    SCOPED_TRACE(table);
    const std::string from = std::string(" FROM public.") + table;
    app.run("SELECT set_config('app.user_id', $1, false), set_config('app.org_id', '', false)", {user}).value();
    const auto seen = app.run("SELECT count(*), count(*) FILTER (WHERE user_id = $1)" + from, {user}).value();
    EXPECT_EQ(seen.value(0, 0), seen.value(0, 1)) << "rows of others are seen";
    EXPECT_EQ(seen.value(0, 1), admin.run("SELECT count(*)" + from + " WHERE user_id = $1", {user}).value().value());
    app.run("SELECT set_config('app.user_id', '', false)").value();
    EXPECT_EQ(app.run("SELECT count(*)" + from).value().integer(), 0);
  }
  app.run("SELECT set_config('app.user_id', $1, false), set_config('app.org_id', $1, false)", {user}).value();
  EXPECT_EQ(app.run("SELECT count(*) FROM public.contacts").value().integer(),
            admin.run("SELECT count(*) FROM public.contacts WHERE org_id = $1", {user}).value().integer());
  admin.run("ALTER ROLE salesflow_app NOLOGIN PASSWORD NULL").value();
}

/// The product that exists goes on writing: role authenticated, its own columns only.
void write_as_the_old_service(SqlSession& session) {
  session
      .run(
          "SET ROLE authenticated; SET request.jwt.claim.sub = '00000000-0000-7000-8000-000000000004'; "
          "INSERT INTO public.message_events (user_id, channel, direction, normalized_text) VALUES "
          "('00000000-0000-7000-8000-000000000004', 'email', 'inbound', 'from the old service'); "
          "INSERT INTO public.contacts (user_id, name) VALUES ('00000000-0000-7000-8000-000000000004', 'Old'); "
          "UPDATE public.leads SET temperature = 'hot' WHERE name = 'Lead 1'; RESET ROLE; RESET request.jwt.claim.sub")
      .value();
}

void expect_adopted_and_given_back(ForeignServer& foreign, const std::string& url) {
  auto session = foreign.session();
  const std::string schema = test::dump_schema(foreign.superuser_url),
                    roles = test::dump_roles(foreign.server->superuser_url());
  const auto statements = hash_statements(session);
  const auto found = hashes(session, statements);
  const std::string file = session.run("SELECT pg_relation_filenode('message_events')").value().value();

  const auto planned = plan(options_for(url));
  ASSERT_TRUE(planned) << planned.error().public_detail;
  EXPECT_GT(planned->findings.size(), 20u);
  EXPECT_EQ(test::dump_schema(foreign.superuser_url), schema) << "plan changed something";
  const auto trigger = std::find_if(planned->findings.begin(), planned->findings.end(), [](const Finding& finding) {
    return finding.object == "trigger trg_write_p_score of lead_verifications";
  });
  ASSERT_NE(trigger, planned->findings.end());

  const auto adopted = up(options_for(url));
  ASSERT_TRUE(adopted) << adopted.error().public_detail;
  EXPECT_EQ(hashes(session, statements), found) << "a found column changed";
  EXPECT_EQ(session.run("SELECT pg_relation_filenode('message_events')").value().value(), file) << "it was rewritten";
  if (!adopted->backfills.done.empty()) {
    const auto strays = session.run(
        "SELECT count(*) FROM lead_verifications AS v JOIN leads AS l ON l.id = v.lead_id WHERE v.user_id IS DISTINCT "
        "FROM l.user_id");
    EXPECT_EQ(strays.value().integer(), 0) << "satellites are their lead's";
  }
  // What plan said of a trigger that writes p_score is what has become of it.
  EXPECT_EQ(session.run("SELECT tgenabled FROM pg_trigger WHERE tgname = 'trg_write_p_score'").value().value(),
            trigger->action == "change" ? "D" : "O");
  EXPECT_GE(adopted->superseded.size(), 4u);
  EXPECT_EQ(adopted->backfills.broken.size(), 0u) << "no foreign key of ours binds the writers of found tables";
  const auto verified = verify(options_for(url));
  ASSERT_TRUE(verified) << verified.error().public_detail;
  for (const auto& difference : verified->differences) {
    ADD_FAILURE() << difference.what << " " << difference.kind << " " << difference.object;
  }
  expect_own_rows_only(foreign);
  session.run("BEGIN").value();
  write_as_the_old_service(session);
  session.run("ROLLBACK").value();

  const auto again = up(options_for(url));
  ASSERT_TRUE(again && again->applied.empty());
  const std::string fingerprint = verified->fingerprint;
  ASSERT_TRUE(down(options_for(url, "base")));
  ASSERT_TRUE(up(options_for(url)));
  EXPECT_EQ(verify(options_for(url))->fingerprint, fingerprint) << "up, down, up differs from a first up";

  const auto gone = down(options_for(url, "none"));
  ASSERT_TRUE(gone) << gone.error().public_detail;
  EXPECT_EQ(test::dump_schema(foreign.superuser_url), schema);
  EXPECT_EQ(test::dump_roles(foreign.server->superuser_url()), roles);
  EXPECT_EQ(hashes(session, statements), found);
}

TEST(MigrationForeignDatabase, ASuperuserAdoptsAndGivesBack) {
  ForeignServer foreign("foreign-superuser");
  expect_adopted_and_given_back(foreign, foreign.superuser_url);
}

TEST(MigrationForeignDatabase, ANonSuperuserOwnerAdoptsAndGivesBack) {
  ForeignServer foreign("foreign-owner");
  expect_adopted_and_given_back(foreign, foreign.owner_url);
}

}  // namespace
}  // namespace salesflow::migrations
