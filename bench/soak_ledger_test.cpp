#include "bench/soak_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace salesflow::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SoakLedger, AcknowledgedOnceAndUncertainOnceOrNeverIsGood) {
  SoakLedger ledger;
  ledger.record_create("a", Promise::stored);
  ledger.record_create("b", Promise::uncertain);
  ledger.record_create("c", Promise::uncertain);
  const auto verdict = ledger.judge({{"a", "pending"}, {"c", "pending"}});
  EXPECT_TRUE(verdict.good());
  EXPECT_EQ(verdict.acknowledged, 1U);
  EXPECT_EQ(verdict.uncertain, 2U);
  EXPECT_EQ(verdict.uncertain_but_stored, 1U);
}

TEST(SoakLedger, LostDoubledAndUnknownRowsAreEachCounted) {
  SoakLedger ledger;
  ledger.record_create("lost", Promise::stored);
  ledger.record_create("doubled", Promise::stored);
  ledger.record_create("doubled, uncertain", Promise::uncertain);
  const auto verdict = ledger.judge({{"doubled", "pending"},
                                     {"doubled", "pending"},
                                     {"doubled, uncertain", "pending"},
                                     {"doubled, uncertain", "pending"},
                                     {"stranger", "pending"}});
  EXPECT_FALSE(verdict.good());
  EXPECT_EQ(verdict.lost, 1U);
  EXPECT_EQ(verdict.doubled, 2U);
  EXPECT_EQ(verdict.unknown, 1U);
  EXPECT_THAT(verdict.examples.back(), HasSubstr("acknowledged and lost: lost"));
}

TEST(SoakLedger, StatusMustBeTheLastAcknowledgedOneOrALaterUncertainOne) {
  SoakLedger ledger;
  for (const char* marker : {"a", "b", "c"}) {
    ledger.record_create(marker, Promise::stored);
    ledger.record_status(marker, "suggested", Promise::stored);
    ledger.record_status(marker, "approved", Promise::uncertain);
  }
  EXPECT_TRUE(ledger.judge({{"a", "suggested"}, {"b", "approved"}, {"c", "suggested"}}).good());
  const auto verdict = ledger.judge({{"a", "suggested"}, {"b", "approved"}, {"c", "pending"}});
  EXPECT_EQ(verdict.wrong_status, 1U);
  ledger.record_status("b", "sent", Promise::stored);
  EXPECT_EQ(ledger.judge({{"a", "suggested"}, {"b", "approved"}, {"c", "suggested"}}).wrong_status, 1U);
}

TEST(SoakLedger, AMarkerIsEnteredOnce) {
  SoakLedger ledger;
  ledger.record_create("a", Promise::stored);
  EXPECT_THROW(ledger.record_create("a", Promise::stored), std::logic_error);
}

TEST(SoakLedger, ViolationsAreCountedByKind) {
  SoakLedger ledger;
  ledger.record_violation("GET answered 500");
  ledger.record_violation("GET answered 500");
  EXPECT_EQ(ledger.violations(), 2U);
  EXPECT_THAT(ledger.describe_violations(), ElementsAre("2 × GET answered 500"));
}

TEST(SoakGrowth, ComparesTheLastQuarterWithTheSecond) {
  EXPECT_DOUBLE_EQ(growth_of({1, 50, 50, 50, 50, 50, 50, 50}), 0);  // warm-up is no growth
  EXPECT_DOUBLE_EQ(growth_of({1, 1, 10, 10, 20, 20, 30, 30}), 20);
  EXPECT_DOUBLE_EQ(growth_of({1, 100}), 0);
}

}  // namespace
}  // namespace salesflow::bench
