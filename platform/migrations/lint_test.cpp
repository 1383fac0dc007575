#include "platform/migrations/lint.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace salesflow::migrations {
namespace {

std::string header(const std::string& transaction = "one") {
  return "-- why: a test\n-- phase: phase1\n-- transaction: " + transaction +
         "\n-- lock: none\n-- owner: tests\n-- undo: 0001_a.down.sql\n";
}

/// "rule:line rule:line" of an up file with this body below a header of six lines.
std::string rules(const std::string& body, const std::string& transaction = "one") {
  const std::string text = header(transaction) + body;
  std::string found;
  for (const auto& problem : lint_files({{"0001_a.up.sql", text}, {"0001_a.down.sql", "SELECT 1"}})) {
    EXPECT_FALSE(problem.what.empty() || problem.instead.empty());
    found += (found.empty() ? "" : " ") + problem.rule + ":" + std::to_string(problem.line - 6);
  }
  return found;
}

TEST(MigrationLint, FindsNothingInOurOwnFiles) {
  for (const auto& problem : lint_files(embedded_files())) {
    ADD_FAILURE() << problem.file << ":" << problem.line << ": " << problem.what << " [" << problem.rule << "]";
  }
}

TEST(MigrationLint, WantsIndexesBuiltConcurrentlyOutsideOfATransaction) {
  EXPECT_EQ(rules("SELECT 1;\n\nCREATE UNIQUE INDEX i ON public.leads (a);"), "index-blocks-writes:3");
  EXPECT_EQ(rules("CREATE TABLE public.fresh (a int);\nCREATE INDEX i ON fresh (a);"), "");
  EXPECT_EQ(rules("CREATE MATERIALIZED VIEW v AS SELECT 1 AS a;\nCREATE UNIQUE INDEX i ON v (a);"), "");
  EXPECT_EQ(rules("CALL salesflow.ensure_materialized_view('public.v', 'SELECT 1');\nCREATE INDEX i ON public.v (a);"),
            "");
  EXPECT_EQ(rules("CREATE INDEX CONCURRENTLY i ON public.leads (a);"), "concurrently-in-transaction:1");
  EXPECT_EQ(rules("DROP INDEX CONCURRENTLY public.i;"), "concurrently-in-transaction:1");
  EXPECT_EQ(rules("CREATE INDEX CONCURRENTLY i ON public.leads (a);", "none"), "");
  EXPECT_EQ(rules("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON public.leads (a);", "none"), "index-if-not-exists:1");
  EXPECT_EQ(rules("CREATE INDEX CONCURRENTLY i ON leads (a);", "none"), "index-form:1");
  EXPECT_EQ(rules("REINDEX TABLE leads;"), "index-blocks-writes:1");
}

TEST(MigrationLint, WantsConstraintsNotValidFirst) {
  EXPECT_EQ(rules("ALTER TABLE leads ADD CONSTRAINT c CHECK (a > 0);"), "constraint-scans:1");
  EXPECT_EQ(rules("ALTER TABLE leads ADD CONSTRAINT c CHECK (a > 0) NOT VALID;"), "");
  EXPECT_EQ(rules("ALTER TABLE leads ADD FOREIGN KEY (a) REFERENCES b (id);"), "constraint-scans:1");
  EXPECT_EQ(rules("ALTER TABLE ONLY leads ADD CONSTRAINT k UNIQUE (a, b);"), "constraint-scans:1");
  EXPECT_EQ(rules("ALTER TABLE leads ADD CONSTRAINT k UNIQUE USING INDEX i;"), "");
  EXPECT_EQ(rules("CREATE TABLE t (a int);\nALTER TABLE t ADD CHECK (a > 0);"), "");
  EXPECT_EQ(
      rules("ALTER TABLE leads ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\nALTER TABLE leads VALIDATE CONSTRAINT c;"),
      "validate-under-lock:2");
}

TEST(MigrationLint, WantsNotNullBehindAValidatedCheck) {
  EXPECT_EQ(rules("ALTER TABLE leads ALTER COLUMN a SET NOT NULL;"), "not-null:1");
  EXPECT_EQ(rules("ALTER TABLE leads ADD COLUMN a int NOT NULL;"), "not-null:1");
  EXPECT_EQ(rules("ALTER TABLE leads ADD COLUMN a int NOT NULL DEFAULT 0;"), "");
  const std::string first = header() + "ALTER TABLE leads ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;";
  std::string second = header() + "ALTER TABLE leads VALIDATE CONSTRAINT c; ALTER TABLE leads ALTER a SET NOT NULL;";
  EXPECT_TRUE(
      lint_files(
          {{"0001_a.up.sql", first}, {"0001_a.down.sql", ""}, {"0002_b.up.sql", second}, {"0002_b.down.sql", ""}})
          .empty());
}

TEST(MigrationLint, RefusesRewrites) {
  EXPECT_EQ(rules("ALTER TABLE leads ADD COLUMN a uuid DEFAULT gen_random_uuid();"), "volatile-default:1");
  EXPECT_EQ(rules("ALTER TABLE leads ADD a timestamptz DEFAULT now(), ADD b float\n DEFAULT random();"),
            "volatile-default:1");
  EXPECT_EQ(rules("ALTER TABLE leads ADD a bigserial;"), "rewrite:1");
  EXPECT_EQ(rules("ALTER TABLE leads ADD a int GENERATED ALWAYS AS (b * 2) STORED;"), "rewrite:1");
  EXPECT_EQ(rules("ALTER TABLE leads ALTER COLUMN a TYPE bigint, ALTER b SET DATA TYPE text;"), "rewrite:1 rewrite:1");
  EXPECT_EQ(rules("ALTER TABLE leads SET TABLESPACE fast;"), "rewrite:1");
  EXPECT_EQ(rules("VACUUM (FULL, ANALYZE) leads;", "none"), "rewrite:1");
  EXPECT_EQ(rules("CLUSTER leads USING i;", "none"), "rewrite:1");
  EXPECT_EQ(rules("VACUUM ANALYZE leads;", "none"), "");
}

TEST(MigrationLint, RefusesLossesAndLocksAlsoInsideOfDo) {
  EXPECT_EQ(rules("DROP TABLE IF EXISTS leads;"), "data-loss:1");
  EXPECT_EQ(rules("ALTER TABLE leads DROP COLUMN a, DROP CONSTRAINT c;"), "data-loss:1");
  EXPECT_EQ(rules("TRUNCATE leads;"), "data-loss:1");
  EXPECT_EQ(rules("CREATE TEMPORARY TABLE t (a int); DROP TABLE t;"), "");
  EXPECT_EQ(rules("ALTER TABLE leads RENAME COLUMN a TO b;"), "rename:1");
  EXPECT_EQ(rules("LOCK TABLE leads IN SHARE MODE;"), "lock-table:1");
  EXPECT_EQ(rules("REFRESH MATERIALIZED VIEW v;"), "refresh-blocks-reads:1");
  EXPECT_EQ(rules("DO $$\nBEGIN\n  IF true THEN\n    LOCK TABLE leads;\n  END IF;\nEND $$;"), "lock-table:4");
  EXPECT_EQ(rules("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE leads; END $$;"), "");
  EXPECT_EQ(rules("SELECT 'DROP TABLE x'; -- LOCK TABLE y\nSELECT 1"), "");
}

TEST(MigrationLint, RefusesTheNameOfATableAsData) {
  EXPECT_EQ(rules("SELECT 1;\nCREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  INSERT INTO log "
                  "VALUES (TG_TABLE_NAME);\nEND $$;"),
            "table-name-as-data:4");
  EXPECT_EQ(rules("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES "
                  "(TG_ARGV[0]); END $$;"),
            "");
}

TEST(MigrationLint, WantsStatementsOutsideOfATransactionRepeatable) {
  EXPECT_EQ(rules("CREATE TABLE t (a int);", "none"), "not-repeatable:1");
  EXPECT_EQ(rules("CREATE TABLE IF NOT EXISTS t (a int);", "none"), "");
  EXPECT_EQ(rules("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", "none"), "");
  EXPECT_EQ(rules("\nINSERT INTO t VALUES (1);", "none"), "not-repeatable:2");
  EXPECT_EQ(rules("ALTER TABLE leads ADD COLUMN a int;", "none"), "not-repeatable:1");
  EXPECT_EQ(rules("ALTER TABLE leads ADD COLUMN IF NOT EXISTS a int;", "none"), "");
}

TEST(MigrationLint, WantsHeaderAndDownFile) {
  const auto problems = lint_files({{"0001_a.up.sql", "-- why: x\n-- transaction: maybe\n-- phase: last\nSELECT 1"}});
  const auto count = [&](const char* rule) {
    return std::count_if(problems.begin(), problems.end(), [&](const LintProblem& p) { return p.rule == rule; });
  };
  EXPECT_EQ(count("header"), 5) << "lock, owner, undo; transaction, phase";
  EXPECT_EQ(count("down-missing"), 1);
  EXPECT_TRUE(lint_files({{"0001_a.down.sql", "ALTER TABLE leads DROP COLUMN a"}}).empty()) << "down may drop";
}

}  // namespace
}  // namespace salesflow::migrations
