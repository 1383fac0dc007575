// plan tries statements on the shapes of found tables: what it names, what it leaves behind, whom it waits for.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "platform/core/catalogue.hpp"
#include "platform/core/catalogue_rows.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/migrations/trial.hpp"
#include "tests/support/found_database.hpp"
#include "tests/support/schema_dump.hpp"

namespace salesflow::migrations {
namespace {

using test::FoundDatabase;
using test::FoundShape;
using test::History;

constexpr std::array<std::uint32_t, 1> one_uuid{2950};
constexpr std::array<std::uint8_t, 1> one_argument{0};

constexpr Query query_of(std::string_view name, std::string_view text, std::string_view table) {
  return {name,   "",  text,  one_argument, one_uuid, 1,     QueryMode::read, std::chrono::seconds(1),
          "none", "0", table, "",           "",       "test"};
}
constexpr Query follow_ups =
    query_of("test.follow_ups", "SELECT id, next_follow_up, name FROM leads WHERE user_id = $1", "leads");
constexpr Query suggest = query_of(
    "test.suggest",
    "INSERT INTO public.followup_suggestions (user_id, lead_id, flow, suggested_message, due_at, created_by) VALUES "
    "($1, $1, 'f', 'x', now(), 'system') RETURNING id",
    "followup_suggestions");
constexpr Query tolerant = query_of("test.tolerant",
                                    "SELECT coalesce(name, 'Unbekannt') AS name, to_json(next_follow_up) #>> '{}' AS "
                                    "next_follow_up, user_id FROM leads "
                                    "WHERE user_id = $1",
                                    "leads");

class Trial : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<test::FoundServer>("trial"); }
  static void TearDownTestSuite() { server.reset(); }

  static Options options_for(const FoundDatabase& found) {
    static const std::array<CatalogueEntry, 3> statements{CatalogueEntry{&follow_ups, {}, "", "", ""},
                                                          CatalogueEntry{&suggest, {}, "", "", ""},
                                                          CatalogueEntry{&tolerant, {}, "", "", ""}};
    static constexpr std::array<StatementRows, 3> rows{
        StatementRows{"test.follow_ups", "id uuid | next_follow_up date? | name text", "user"},
        StatementRows{"test.suggest", "id uuid", "user"},
        StatementRows{"test.tolerant", "name text | next_follow_up text? | user_id uuid", "user"}};
    Options options;
    options.database_url = found.owner_url();
    options.statements = statements;
    options.statement_rows = rows;
    return options;
  }

  static inline std::unique_ptr<test::FoundServer> server;
};

/// "column: text (statements)" of each.
std::vector<std::string> lines_of(const PlanReport& report) {
  std::vector<std::string> lines;
  for (const auto& misfit : report.misfits) {
    std::string line = misfit.column + " " + misfit.type + ": " + misfit.text + ":";
    for (const auto& name : misfit.statements)
      line += " " + name;
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST_F(Trial, NamesColumnsWhoseTypeOrNullsAStatementCannotServe) {
  const FoundDatabase found(*server, {.history = History::a});
  const auto planned = plan(options_for(found));
  ASSERT_TRUE(planned) << planned.error().public_detail;
  EXPECT_EQ(planned->trial_note, "");
  EXPECT_EQ(planned->statements_tried, 3);
  EXPECT_EQ(lines_of(*planned),
            (std::vector<std::string>{
                "public.followup_suggestions.created_by uuid: refused: invalid input syntax for type uuid: \"system\" "
                "(SQLSTATE 22P02): test.suggest",
                "public.leads.next_follow_up text: answered as text in place of date: test.follow_ups"}));
}

TEST_F(Trial, EveryStatementFitsWhatBothHistoriesMade) {
  for (const auto history : {History::a, History::b}) {
    const FoundDatabase found(*server, {.history = history});
    Options options = options_for(found);
    options.statements = all_statements();
    options.statement_rows = all_statement_rows();
    const auto planned = plan(options);
    ASSERT_TRUE(planned) << planned.error().public_detail;
    const auto all = all_statements();
    EXPECT_EQ(planned->statements_tried, std::count_if(all.begin(), all.end(), [](const CatalogueEntry& entry) {
                return !entry.query->file.starts_with("platform/doctor/");  // for any database
              }));
    EXPECT_EQ(lines_of(*planned), std::vector<std::string>{});
  }
}

TEST_F(Trial, FindsNothingWhereTheFoundTypesAreOurs) {
  FoundShape shape{.history = History::b};
  shape = shape.with("leads.next_follow_up", "date").with("followup_suggestions.created_by", "text");
  shape.changed["leads.name"] = {.type = "text", .standard = "", .generated = "", .not_null = true};
  const FoundDatabase found(*server, shape);
  const auto planned = plan(options_for(found));
  ASSERT_TRUE(planned) << planned.error().public_detail;
  EXPECT_EQ(lines_of(*planned), std::vector<std::string>{});
  EXPECT_EQ(planned->statements_tried, 3);
}

TEST_F(Trial, LeavesNothingBehindAndWaitsForNoWriter) {
  FoundDatabase found(*server, {.history = History::b});
  found.run(
      "CREATE FUNCTION public.score_of_the_crm() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.p_score := 7; RETURN "
      "NEW; END $$; CREATE TRIGGER score_of_the_crm BEFORE INSERT ON leads FOR EACH ROW EXECUTE FUNCTION "
      "public.score_of_the_crm()");
  const std::string schema = test::dump_schema(found.superuser_url()),
                    roles = test::dump_roles(server->superuser_url());
  const auto hashes = found.hash_found();
  // A writer of every table that the trial copies, in the midst of its transaction.
  auto writer = found.session();
  writer.run("BEGIN").value();
  for (const auto& [table, hash] : hashes)
    writer.run("LOCK TABLE " + table + " IN ROW EXCLUSIVE MODE").value();
  const auto planned = plan(options_for(found));
  ASSERT_TRUE(planned) << planned.error().public_detail;
  EXPECT_EQ(planned->trial_note, "");
  EXPECT_EQ(planned->statements_tried, 3);
  writer.run("ROLLBACK").value();
  EXPECT_EQ(test::dump_schema(found.superuser_url()), schema);
  EXPECT_EQ(test::dump_roles(server->superuser_url()), roles);
  EXPECT_EQ(found.hash_found(), hashes);
}

TEST_F(Trial, SaysWhatWouldStopUp) {
  const FoundDatabase found(*server, {.history = History::a});
  Options options = options_for(found);
  auto migrations = embedded_migrations();
  ASSERT_TRUE(migrations);
  migrations->back().up_sql = "ALTER TABLE public.leads ADD COLUMN name text;";
  options.migrations = *migrations;
  const auto planned = plan(options);
  ASSERT_TRUE(planned) << planned.error().public_detail;
  const auto& obstacles = planned->obstacles;
  const bool named = std::any_of(obstacles.begin(), obstacles.end(), [](const std::string& text) {
    return text.find("up would stop") != std::string::npos && text.find("already exists") != std::string::npos;
  });
  EXPECT_TRUE(named) << (obstacles.empty() ? "no obstacle" : obstacles.back());
  EXPECT_EQ(planned->statements_tried, 0);
}

}  // namespace
}  // namespace salesflow::migrations
