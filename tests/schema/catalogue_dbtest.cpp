// The query catalogue: every statement of the service and every variant, planned as salesflow_app with custom and
// generic plans on a generated database, against what its header promises.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

#include "platform/core/catalogue.hpp"
#include "tests/schema/generated_database.hpp"
#include "tests/support/plan_check.hpp"

namespace salesflow {
namespace {

using plans::PlanMode;

/// Ten users in two organisations; a quarter of everything is the first user's, half of it its organisation's.
class Catalogue : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    made = std::make_unique<test::GeneratedDatabase>();
    const auto options = test::GeneratedDatabase::options(10, 50'000, 10'000);
    made->load(options);
    made->database.run(test::fill_the_rest);
    made->finish(options.demo_email);
    made->database.run("SELECT salesflow.fold_rollups(1000000)");
    made->database.run("VACUUM (ANALYZE)");
  }
  static void TearDownTestSuite() { made.reset(); }

  static inline std::unique_ptr<test::GeneratedDatabase> made;
};

TEST_F(Catalogue, EveryStatementKeepsWhatItsHeaderPromisesWithBothKindsOfPlan) {
  test::check_catalogue(made->database, made->tenant, *made->arguments);
}

TEST_F(Catalogue, EveryHotspotOfTheStrategyHasItsStatements) {
  std::set<std::string> found;
  for (const CatalogueEntry& entry : all_statements())
    found.insert(std::string(entry.hotspot));
  found.erase("");
  EXPECT_EQ(found, (std::set<std::string>{"Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10"}));
}

TEST_F(Catalogue, AStatementWithoutArgumentsIsNamed) {
  CatalogueEntry entry = all_statements().front();
  for (const CatalogueEntry& other : all_statements()) {
    if (other.query->name == "events.list_pending")
      entry = other;
  }
  const std::vector<std::string_view> names(entry.parameters.size(), "whatever");
  entry.parameters = names;
  const auto literals = made->arguments->of(entry);
  ASSERT_TRUE(literals.has_error());
  EXPECT_NE(literals.error().public_detail.find("events.list_pending"), std::string::npos);
  EXPECT_NE(literals.error().public_detail.find("whatever"), std::string::npos);
}

/// Arguments that cost more than a page of the usual, or less, with a budget of their own.
struct Corner {
  std::string_view statement, variant, parameter, literal;
  std::int64_t buffers, rows_max;
};

TEST_F(Catalogue, CornersKeepBudgetsOfTheirOwn) {
  const Corner corners[] = {
      // Nothing matches: a walk of the tenant's part of an index and no more.
      {"events.list_events", "channel", "channel", "'fax'", 650, 0},
      {"inbox.list_inbox", "sort=priority+total=counted+platform=one", "platform", "'fax'", 700, 1},
      {"inbox.list_inbox", "sort=newest+total=counted+platform=one", "platform", "'fax'", 700, 1},
      {"inbox.search_inbox", "sort=priority", "term", "'zzqq'", 200, 1},
      {"notes.list_notes", "of=user+type", "note_type", "'absent'", 120, 0},
      {"contacts.search_contacts", "", "term", "'zzqq'", 20, 0},
      // Few match.
      {"leads.list_hot_leads", "", "p_score_key_min", "9990", 90, 20},
      // Behind the scored leads are those without a score, found by id among all.
      {"leads.list_leads_by_score", "total=none", "cursor_p_score_key", "-1", 700, 51},
      {"leads.list_verifications", "min", "v_score_key_min", "9990", 20, 20},
      // Very many match; fewer than three letters are a prefix of the name; wildcards are letters.
      {"contacts.search_contacts", "", "term", "'gmbh'", 700, 51},
      {"contacts.search_contacts", "", "term", "'an'", 700, 51},
      {"contacts.search_contacts", "", "term", "'%%%'", 700, 0},
      // Deep in the list.
      {"events.list_events", "", "after_created_at", "now() - interval '60 days'", 60, 51},
  };
  for (const Corner& corner : corners) {
    for (const CatalogueEntry& entry : all_statements()) {
      if (entry.query->name != corner.statement || entry.query->variant != corner.variant)
        continue;
      auto literals = made->arguments->of(entry).value();
      const auto at = std::find(entry.parameters.begin(), entry.parameters.end(), corner.parameter);
      ASSERT_NE(at, entry.parameters.end()) << test::title_of(entry);
      literals.at(static_cast<std::size_t>(at - entry.parameters.begin())) = corner.literal;
      for (const PlanMode mode : {PlanMode::custom, PlanMode::generic}) {
        const auto facts = made->explain(entry, mode, literals);
        SCOPED_TRACE(fmt::format("{} {} {} = {}\n{}", test::title_of(entry), to_string(mode), corner.parameter,
                                 corner.literal, facts.text));
        EXPECT_LE(facts.buffers, corner.buffers);
        EXPECT_LE(facts.rows, corner.rows_max);
        EXPECT_TRUE(facts.sequential.empty());
      }
    }
  }
}

}  // namespace
}  // namespace salesflow
