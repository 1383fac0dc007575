#include "platform/plans/plan_check.hpp"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

namespace salesflow::plans {
namespace {

constexpr Query query{"deals.list_deals",
                      "",
                      "SELECT 1",
                      {},
                      {},
                      0,
                      QueryMode::read,
                      std::chrono::seconds(1),
                      "idx_deals, idx_deals_open",
                      "10 + 2 * rows",
                      "deals",
                      "",
                      "",
                      "x.sql"};
constexpr CatalogueEntry strict{&query, {}, "", "", ""}, sorting{&query, {}, "", "a few rows", ""};

PlanFacts good() {
  PlanFacts facts;
  facts.indexes = {"contacts_pkey", "idx_deals"};
  facts.buffers = 30;
  facts.rows = 10;
  return facts;
}

TEST(PlanCheck, ABudgetIsAFigureAndAShareOfTheRowsOfWhichThereIsAlwaysOne) {
  EXPECT_EQ(budget_of("60", 51), 60);
  EXPECT_EQ(budget_of("25 + 1 * rows", 51), 76);
  EXPECT_EQ(budget_of("14 + 4.5 * rows", 51), 243);
  EXPECT_EQ(budget_of("8 + 1 * rows", 0), 9);
  EXPECT_THROW(budget_of("8 + rows", 1), std::invalid_argument);
  EXPECT_THROW(budget_of("", 1), std::invalid_argument);
}

TEST(PlanCheck, NamesEveryPromiseThatAPlanBreaks) {
  EXPECT_TRUE(broken_promises(strict, good()).empty());
  auto facts = good();
  facts.buffers = 31;
  EXPECT_EQ(broken_promises(strict, facts), std::vector{Verdict::over_budget});
  facts = good();
  facts.sorts = true;
  EXPECT_EQ(broken_promises(strict, facts), std::vector{Verdict::sort});
  EXPECT_TRUE(broken_promises(sorting, facts).empty());
  facts = good();
  facts.indexes = {"contacts_pkey"};
  facts.sequential = {"deals"};
  EXPECT_EQ(broken_promises(strict, facts), (std::vector{Verdict::seq_scan, Verdict::wrong_index}));
}

TEST(PlanCheck, AnIndexIsKnownByItsWholeName) {
  auto facts = good();
  for (const char* other : {"idx_deal", "deals_open", "idx_deals_ope"}) {
    facts.indexes = {other};
    EXPECT_FALSE(facts.uses_any_of(query.index)) << other;
  }
  facts.indexes = {"idx_deals_open"};
  EXPECT_TRUE(facts.uses_any_of(query.index));
}

}  // namespace
}  // namespace salesflow::plans
