// A trigger of ours writes only rows of its own row's tenants: tenants may live in different databases one day.
#include <fmt/format.h>
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

/// What was found may do what it likes: its triggers, and keys that know no tenant, go.
constexpr const char* leave_ours_sql = R"sql(
DO $$ DECLARE v record; BEGIN
  FOR v IN SELECT tgrelid::regclass AS t, tgname AS name FROM pg_trigger WHERE NOT tgisinternal AND tgname !~ '^(zz_)?salesflow_' LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', v.name, v.t);
  END LOOP;
  FOR v IN SELECT conrelid::regclass AS t, conname AS name FROM pg_constraint
           WHERE contype = 'f' AND conname NOT LIKE 'salesflow%' AND connamespace = 'public'::regnamespace LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v.t, v.name);
  END LOOP;
END $$)sql";

/// Makes the statement that tells, by table and content, all rows that are nobody's of $1, an array of ids.
constexpr const char* rows_of_others_sql = R"sql(
SELECT 'SELECT concat_ws(E''\n'', ' || string_agg(format(
  '(SELECT %L || count(*) || md5(string_agg(t::text, '','' ORDER BY t::text)) FROM %s AS t WHERE NOT (%s))', r.name || ' ', r.name, r.mine), ', ') || ')'
FROM (SELECT c.oid::regclass AS name, string_agg(format('coalesce(t.%I = ANY (%L::uuid[]), false)', a.attname, $1::text), ' OR ') AS mine
  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.atttypid = 'uuid'::regtype
    AND (a.attname IN ('user_id', 'org_id', 'tenant_id') OR a.attname = 'id' AND c.relname IN ('users', 'organizations'))
  WHERE c.relkind IN ('r', 'p') AND c.relnamespace IN ('public'::regnamespace, 'salesflow'::regnamespace)
  GROUP BY c.oid) AS r)sql";

/// Tables with triggers of ours, and the column that names the tenant of their rows.
constexpr const char* tables_sql = R"sql(
SELECT c.relname, CASE WHEN c.relname IN ('users', 'organizations') THEN 'id'
  WHEN c.relname <> 'contacts' AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'user_id') THEN 'user_id' ELSE 'org_id' END
FROM pg_class AS c WHERE EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname ~ '^(zz_)?salesflow_')
  AND c.relnamespace = 'public'::regnamespace ORDER BY 1)sql";

/// Columns of $1 with values for them: what their CHECKs list, one of their type, and none. A uuid is $2.
constexpr const char* values_sql = R"sql(
SELECT a.attname, a.atttypid = 'uuid'::regtype, v.value
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid CROSS JOIN LATERAL (
  SELECT quote_literal(m[1]) AS value
  FROM pg_constraint AS k, regexp_matches(pg_get_constraintdef(k.oid), '''([A-Za-z_]+)''', 'g') AS m
  WHERE k.conrelid = a.attrelid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum] AND t.typcategory = 'S'
  UNION ALL SELECT CASE WHEN a.atttypid = 'uuid'::regtype THEN quote_literal($2::uuid)
    WHEN t.typcategory = 'N' THEN format('coalesce(%I, 0) + 1', a.attname) WHEN t.typcategory = 'B' THEN format('%I IS NOT TRUE', a.attname)
    WHEN t.typcategory = 'D' THEN 'now() - interval ''1 hour''' WHEN a.atttypid = 'jsonb'::regtype THEN '''["x"]'''
    WHEN t.typcategory = 'S' THEN '''other words''' END
  UNION ALL SELECT 'NULL') AS v
WHERE a.attrelid = ('public.' || $1)::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  AND a.attname NOT IN ('id', 'user_id', 'org_id', 'row_version') AND v.value IS NOT NULL ORDER BY a.attnum)sql";

enum class Start { fresh, found };

struct TriggerWrites : ::testing::TestWithParam<Start> {
  TestDatabase database{GetParam() == Start::fresh ? Schema::migrated : Schema::empty};
  TestDatabase::Account a, b, c;
  std::map<std::string, std::string> tenant_columns;
  std::string others_sql, before;

  void SetUp() override {
    if (GetParam() == Start::found) {
      database.run_as(Login::owner, test::taken_tables);
      Options options;
      options.database_url = database.url(Login::owner);
      ASSERT_TRUE(up(options));
      database.run(leave_ours_sql);
    }
    a = database.create_account("a@example.com");
    b = database.create_account("b@example.com");
    c = database.create_account("c@example.com");
    others_sql =
        database
            .run(rows_of_others_sql, {fmt::format("{{{},{},{},{}}}", a.user_id.to_string(), a.org_id.to_string(),
                                                  c.user_id.to_string(), c.org_id.to_string())})
            .value();
    const auto tables = database.run(tables_sql);
    for (std::size_t i = 0; i < tables.rows.size(); ++i)
      tenant_columns[tables.value(i, 0)] = tables.value(i, 1);
  }
  std::string tenant(const std::string& table, const TestDatabase::Account& who) const {
    const bool of_org = table == "organizations" || tenant_columns.at(table) == "org_id";
    return cluster::quote_literal((of_org ? who.org_id : who.user_id).to_string());
  }
  void fill(const std::string& table, const TestDatabase::Account& who) {
    database.run("INSERT INTO public." + table + " " + samples.at(table),
                 {who.user_id.to_string(), who.org_id.to_string()});
  }
  /// Whether the change of rows of `who` went through; constraints may refuse it.
  bool change(const std::string& table, const TestDatabase::Account& who, const std::string& what) {
    try {
      const std::string where = " WHERE " + tenant_columns.at(table) + " = " + tenant(table, who);
      return database.run(what + where).affected > 0;
    } catch (const std::exception&) {
      return false;
    }
  }
  void expect_others_untouched(const std::string& what) {
    const std::string now = database.run(others_sql).value();
    EXPECT_EQ(now, before) << what;
    before = now;
  }
  /// Sets each column to each value, uuids to `id`; returns how many changes went through. Looks at the others after
  /// each table, if told to.
  int change_all(const TestDatabase::Account& who, const Uuid& id, bool only_ids, bool look) {
    int changes = 0;
    for (const auto& [table, column] : tenant_columns) {
      const auto values = database.run(values_sql, {table, id.to_string()});
      for (std::size_t i = 0; i < values.rows.size(); ++i) {
        if (only_ids && (values.value(i, 1) == "f" || values.value(i, 2) == "NULL"))
          continue;
        changes +=
            change(table, who, "UPDATE public." + table + " SET " + values.value(i, 0) + " = " + values.value(i, 2));
      }
      if (look)
        expect_others_untouched("UPDATE " + table);
    }
    return changes;
  }
};

TEST_P(TriggerWrites, StayWithTheTenantsOfTheirRow) {
  for (const auto& table : order)
    fill(table, b);
  before = database.run(others_sql).value();
  for (const auto& table : order) {
    fill(table, a);
    expect_others_untouched("INSERT INTO " + table);
  }
  EXPECT_GE(tenant_columns.size(), 20u);
  // b's rows point at a's lead, contact, deal and conversation, wherever nothing forbids it.
  EXPECT_GT(change_all(b, a.org_id, true, false), 10);
  before = database.run(others_sql).value();
  EXPECT_GT(change_all(a, b.org_id, false, true), 300);
  for (const auto& [table, column] : tenant_columns) {
    const std::string give_away = "UPDATE public." + table + " SET " + column + " = ";
    change(table, a, give_away + tenant(table, c));
    expect_others_untouched(give_away + "another tenant");
    change(table, c, give_away + tenant(table, a));
    expect_others_untouched(give_away + "another tenant, back");
  }
  int deleted = 0;
  for (auto table = order.rbegin(); table != order.rend(); ++table) {
    deleted += tenant_columns.contains(*table) && change(*table, a, "DELETE FROM public." + *table);
    expect_others_untouched("DELETE FROM " + *table);
  }
  EXPECT_GT(deleted, 15);
}

/// A row moves between databases and tables (partitions) under its own name: what a trigger writes may not say it.
TEST_P(TriggerWrites, NeverHoldTheNameOfTheirTable) {
  EXPECT_EQ(database
                .run("SELECT coalesce(string_agg(p.oid::regprocedure::text, ', '), '') FROM pg_proc AS p WHERE "
                     "p.prorettype = 'trigger'::regtype AND p.pronamespace::regnamespace::text LIKE 'salesflow%' AND "
                     "p.prosrc ~* '\\mTG_(TABLE_NAME|TABLE_SCHEMA|RELNAME|RELID)\\M'")
                .value(),
            "");
}

INSTANTIATE_TEST_SUITE_P(OnADatabase, TriggerWrites, ::testing::Values(Start::fresh, Start::found),
                         [](const auto& info) { return info.param == Start::fresh ? "Fresh" : "Found"; });

}  // namespace
}  // namespace salesflow::migrations
