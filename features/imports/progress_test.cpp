#include "features/imports/progress.hpp"

#include <gtest/gtest.h>

namespace salesflow::imports {
namespace {

TEST(ImportProgress, PercentIsOfTheBytesWithOneDecimal) {
  EXPECT_EQ(how_far(5, 421, 1'000).percent, 42.1);
  EXPECT_EQ(how_far(5, 4'216, 10'000).percent, 42.2);
  EXPECT_EQ(how_far(5, 1'200, 1'000).percent, 100.0) << "a file that grew while it was sent";
  EXPECT_EQ(how_far(5, 421, std::nullopt).percent, std::nullopt);
  EXPECT_EQ(how_far(0, 0, 0).percent, std::nullopt);
  EXPECT_EQ(how_far(5, 421, 1'000).rows_read, 5);
}

TEST(ImportProgress, ARowIsToldInTheWordsOfTheJob) {
  ProgressRow row{Uuid::v7(), Uuid::v7(), "leads", "running", true, 1, 2, 8, 3, 4, 5, 6, TimePoint{}, {}};
  const JobProgress told = progress_of(row);
  EXPECT_EQ(told.id, row.id);
  EXPECT_EQ(told.kind, "leads");
  EXPECT_EQ(told.status, "running");
  EXPECT_TRUE(told.dry_run);
  EXPECT_EQ(told.progress.percent, 25.0);
  EXPECT_EQ((std::array{told.imported, told.updated, told.duplicates, told.errors}),
            (std::array<std::int64_t, 4>{3, 4, 5, 6}));
}

}  // namespace
}  // namespace salesflow::imports
