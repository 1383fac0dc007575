// A tenant that the statistics do not know: they were made when the database had one small tenant, and then somebody
// brought rows by the thousand. What a statement costs must not depend on what PostgreSQL guesses.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/schema/generated_database.hpp"

namespace salesflow {
namespace {

using test::Login;

class UnknownTenant : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    made = std::make_unique<test::GeneratedDatabase>();
    // Nothing but this test may make statistics.
    made->database.run(R"(DO $$
      DECLARE t regclass;
      BEGIN
        FOR t IN SELECT c.oid::regclass FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                 WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') LOOP
          EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', t);
        END LOOP;
      END $$)");
    auto options = test::GeneratedDatabase::options(1, 100, 100);
    options.demo_email = "first@salesflow.example";
    made->load(options);
    fill(true);
    made->database.run("ANALYZE");
    options.seed = 2;
    options.demo_email = "second@salesflow.example";
    options.sizes = options.sizes.scaled(rows() / 100.0);
    generator::LoadOptions loading;
    loading.vacuum = false;
    made->load(options, loading);
    fill(false);
    made->finish(options.demo_email);
    made->database.run("VACUUM");  // without ANALYZE
  }
  static void TearDownTestSuite() { made.reset(); }

  /// Of the second tenant, in each table; SALESFLOW_TEST_TENANT_ROWS=100000 asks for more.
  static double rows() {
    const char* const asked = std::getenv("SALESFLOW_TEST_TENANT_ROWS");
    return asked ? std::atof(asked) : 10'000;
  }
  /// What the generator leaves out. `alone`: without the strangers.
  static void fill(bool alone) {
    const std::string all = test::fill_the_rest;
    for (std::size_t at = 0; at < all.size();) {
      const auto end = std::min(all.find(";\n", at), all.size());
      std::string statement = all.substr(at, end - at);
      at = end + 2;
      const bool of_strangers =
          statement.find("3000") != std::string::npos || statement.find("\'template \'") != std::string::npos;
      if (statement.find_first_not_of(" \n") == std::string::npos || (alone && of_strangers))
        continue;
      if (statement.find("INSERT INTO") != std::string::npos)
        statement += " ON CONFLICT DO NOTHING";
      made->database.run(statement);
    }
  }

  static inline std::unique_ptr<test::GeneratedDatabase> made;
};

/// Buffers of each statement and variant, planned as the service plans: for any tenant.
std::map<std::string, plans::PlanFacts> read_facts(test::GeneratedDatabase& made) {
  std::map<std::string, plans::PlanFacts> facts;
  for (const CatalogueEntry& entry : all_statements()) {
    if (!entry.unplanned.empty())
      continue;
    const auto literals = made.arguments->of(entry).value();
    facts[test::title_of(entry)] = made.explain(entry, plans::PlanMode::generic, literals);
    if (entry.query->mode == QueryMode::write && !entry.query->writes.starts_with("none")) {
      for (const auto& table : test::names_in(entry.query->writes))
        made.database.run("VACUUM " + table);  // what a rolled back write left must not be another statement's cost
    }
  }
  return facts;
}

TEST_F(UnknownTenant, StatementsCostWhatTheyCostWithStatistics) {
  const auto unknown = read_facts(*made);
  made->database.run("ANALYZE");
  const auto known = read_facts(*made);
  EXPECT_GT(unknown.size(), 500u);
  for (const auto& [title, facts] : unknown) {
    const auto& expected = known.at(title);
    EXPECT_LE(facts.buffers, 3 * expected.buffers + 50) << title << "\n"
                                                        << facts.text << "\nwith statistics:\n"
                                                        << expected.text;
    EXPECT_TRUE(facts.sequential.empty()) << title << "\n" << facts.text;
  }
}

/// Before there is a single row every index that begins with the tenant costs the same, and a plan that is made then
/// serves a whole upload.
TEST(EmptyDatabase, LooksLeadsUpByTheKeysThatAreMeant) {
  test::TestDatabase database;
  database.run("ANALYZE");
  const auto account = database.create_account("anna@example.com");
  const std::map<std::string, std::vector<std::string>> statements{
      {"imports.match_leads",
       {"'" + account.user_id.to_string() + "'", "ARRAY['b@example.com']", "ARRAY['+436601234567']", "ARRAY['a']",
        "ARRAY['n']", "ARRAY['c']"}},
      {"leads.find_duplicate",
       {"'" + account.user_id.to_string() + "'", "'b@example.com'", "'+43 660 1234567'", "'a'", "'n'", "'c'"}}};
  int seen = 0;
  for (const CatalogueEntry& entry : all_statements()) {
    const auto literals = statements.find(std::string(entry.query->name));
    if (literals == statements.end())
      continue;
    ++seen;
    for (const auto mode : {plans::PlanMode::custom, plans::PlanMode::generic}) {
      const auto facts = plans::explain(database.session(Login::app), {account.user_id, account.org_id}, *entry.query,
                                        literals->second, mode)
                             .value();
      for (const char* index :
           {"idx_leads_user_instagram", "idx_leads_user_email", "idx_leads_user_phone", "idx_leads_user_name"})
        EXPECT_TRUE(facts.uses_any_of(index)) << entry.query->name << " " << index << "\n" << facts.text;
      EXPECT_FALSE(facts.sorts) << facts.text;
    }
  }
  EXPECT_EQ(seen, 2);
}

const Query& statement_called(std::string_view name) {
  for (const CatalogueEntry& entry : all_statements()) {
    if (entry.query->name == name)
      return *entry.query;
  }
  throw std::out_of_range(std::string(name));
}

/// An upload in the middle: 15,000 rows of a user are there, and statistics were made when another had 100. In the
/// upload's transaction, behind its lock.
TEST(Upload, LooksLeadsUpByTheKeysThatAreMeant) {
  test::TestDatabase database;
  database.run("ALTER TABLE leads SET (autovacuum_enabled = false)");
  const auto anna = database.create_account("anna@example.com"), otto = database.create_account("otto@example.com");
  const auto fill = [&](const Uuid& user, const char* rows) {
    database.run(
        "INSERT INTO leads (user_id, name, email, phone, instagram) SELECT $1, 'Name ' || i, i || '@x.example', '+43 "
        "660 ' || (1000000 + i), 'insta_' || i FROM generate_series(1, $2::integer) AS i",
        {user.to_string(), rows});
  };
  fill(anna.user_id, "100");
  database.run("ANALYZE leads");
  fill(otto.user_id, "15000");
  auto& app = database.session(Login::app);
  app.run("BEGIN; SELECT set_config('app.user_id', " + cluster::quote_literal(otto.user_id.to_string()) + ", true)")
      .value();
  app.run(std::string(statement_called("imports.lock_new_leads").text), {otto.user_id.to_string()}).value();
  app.run("PREPARE looked_up (uuid, text[], text[], text[], text[], text[]) AS " +
          std::string(statement_called("imports.match_leads").text))
      .value();
  const auto lines = app.run("EXPLAIN EXECUTE looked_up ('" + otto.user_id.to_string() +
                             "', '{1@x.example}', '{+436601000001}', '{insta_1}', '{name 1}', '{alpha}')")
                         .value();
  app.run("ROLLBACK").value();
  std::string plan;
  for (std::size_t i = 0; i < lines.rows.size(); ++i)
    plan += lines.value(i) + "\n";
  EXPECT_EQ(plan.find("Sort"), std::string::npos) << plan;
  for (const char* index :
       {"idx_leads_user_instagram", "idx_leads_user_email", "idx_leads_user_phone", "idx_leads_user_name"})
    EXPECT_NE(plan.find(index), std::string::npos) << index << "\n" << plan;
}

}  // namespace
}  // namespace salesflow
