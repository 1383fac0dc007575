// Things found that cannot stand beside what up makes: named by plan, refused by up before it changes anything.
#include "platform/migrations/conflicts.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "platform/migrations/runner.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::migrations {
namespace {

using test::Login;
using test::Schema;
using test::TestDatabase;

/// A table as the old service has it, with an archive of equal columns.
void make_leads(TestDatabase& database) {
  database.run_as(Login::owner,
                  "CREATE TABLE leads (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, name text); "
                  "CREATE TABLE leads_archive (LIKE leads); CREATE TABLE log (row jsonb)");
}
bool names(const std::vector<std::string>& texts, const std::string& what) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const auto& text) { return text.find(what) != std::string::npos; });
}
Options options_for(const TestDatabase& database) {
  Options options;
  options.database_url = database.url(Login::owner);
  return options;
}

TEST(Conflicts, ATableUnderOneOfOurNamesIsNeverTakenForOurs) {
  TestDatabase database(Schema::empty);
  database.run_as(Login::owner,
                  "CREATE TABLE outbox (id int, payload text); CREATE TABLE lead_scorings (lead text); CREATE TABLE "
                  "org_deal_counts_deltas (x int)");
  const std::string before = test::dump_schema(database);
  const auto plan = salesflow::migrations::plan(options_for(database)).value();
  for (const char* table : {"public.outbox", "public.lead_scorings", "public.org_deal_counts_deltas"})
    EXPECT_NE(plan.stop().find(std::string(table) + " exists"), std::string::npos) << plan.stop();
  const auto refused = up(options_for(database));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_NE(refused.error().public_detail.find("ALTER TABLE public.outbox RENAME"), std::string::npos)
      << refused.error().public_detail;
  EXPECT_EQ(test::dump_schema(database), before);
  database.run_as(Login::owner,
                  "ALTER TABLE outbox RENAME TO theirs; DROP TABLE lead_scorings, org_deal_counts_deltas");
  const auto done = up(options_for(database));
  ASSERT_TRUE(done) << done.error().public_detail;
  EXPECT_TRUE(plan.stop().size() > 0 && salesflow::migrations::plan(options_for(database))->stop().empty())
      << "our own tables are no conflict";
}

TEST(Conflicts, ATriggerThatCopiesWholeRowsStopsUp) {
  TestDatabase database(Schema::empty);
  make_leads(database);
  const auto function = [&](const std::string& body) {
    database.run_as(Login::owner,
                    "CREATE OR REPLACE FUNCTION keep_lead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + body +
                        "; RETURN NEW; END $$");
  };
  function("NULL");
  database.run_as(
      Login::owner,
      "CREATE TRIGGER archive_leads AFTER INSERT OR UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION keep_lead()");
  for (const char* harmless : {"INSERT INTO log VALUES (to_jsonb(NEW.*))", "INSERT INTO log SELECT to_jsonb(NEW)",
                               "IF NEW.* IS DISTINCT FROM OLD.* THEN INSERT INTO log VALUES (NULL); END IF",
                               "INSERT INTO leads_archive (id, name) VALUES (NEW.id, NEW.name)"}) {
    function(harmless);
    EXPECT_EQ(plan(options_for(database))->stop(), "") << harmless;
  }
  for (const char* copying :
       {"INSERT INTO leads_archive SELECT NEW.*", "INSERT INTO public.leads_archive VALUES (NEW.*)",
        "insert into leads_archive select (old).*",
        "INSERT INTO log VALUES (NULL); INSERT INTO leads_archive VALUES ( NEW . * )"}) {
    function(copying);
    const auto stop = plan(options_for(database))->stop();
    EXPECT_NE(stop.find("trigger archive_leads of leads"), std::string::npos) << copying << ": " << stop;
  }
  const std::string before = test::dump_schema(database);
  ASSERT_TRUE(up(options_for(database)).has_error());
  EXPECT_EQ(test::dump_schema(database), before);
  database.run_as(Login::owner, "ALTER TABLE leads DISABLE TRIGGER archive_leads");
  const auto done = up(options_for(database));
  EXPECT_TRUE(done) << done.error().public_detail;
}

TEST(Conflicts, FunctionsThatTakeAllColumnsAreNamed) {
  TestDatabase database(Schema::empty);
  make_leads(database);
  const auto sql = [&](const char* text) { database.run_as(Login::owner, text); };
  sql("CREATE FUNCTION archive_all() RETURNS void LANGUAGE sql AS 'INSERT INTO leads_archive SELECT * FROM leads'");
  sql("CREATE FUNCTION list_leads() RETURNS TABLE (id uuid, user_id uuid, name text) LANGUAGE plpgsql AS "
      "$$ BEGIN RETURN QUERY SELECT l.* FROM public.leads AS l; END $$");
  sql("CREATE FUNCTION all_leads() RETURNS SETOF leads LANGUAGE sql AS 'SELECT * FROM leads'");
  sql("CREATE FUNCTION log_leads() RETURNS void LANGUAGE sql AS 'INSERT INTO log SELECT to_jsonb(l) FROM leads AS l'");
  const auto conflicts = plan(options_for(database)).value();
  EXPECT_TRUE(names(conflicts.obstacles, "function archive_all()"));
  EXPECT_TRUE(names(conflicts.obstacles, "function list_leads()"));
  EXPECT_FALSE(names(conflicts.obstacles, "all_leads"));
  EXPECT_FALSE(names(conflicts.obstacles, "log_leads"));
  EXPECT_EQ(conflicts.stop(), "") << "up goes through";
  ASSERT_TRUE(up(options_for(database)));
  EXPECT_THROW(sql("SELECT archive_all()"), std::exception) << "what plan said";
  EXPECT_THROW(sql("SELECT list_leads()"), std::exception) << "what plan said";
  sql("SELECT all_leads(), log_leads()");
}

}  // namespace
}  // namespace salesflow::migrations
