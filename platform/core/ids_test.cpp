#include "platform/core/ids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace salesflow {
namespace {

TEST(Uuid, ReadsAndWritesTheCanonicalFormInEitherCase) {
  const auto id = Uuid::parse("0190A6F2-7c3d-7abc-9def-0123456789ab");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->to_string(), "0190a6f2-7c3d-7abc-9def-0123456789ab");
}

TEST(Uuid, RefusesEverythingElse) {
  for (const char* text : {"", "0190a6f2", "0190a6f27c3d7abc9def0123456789ab", "{0190a6f2-7c3d-7abc-9def-0123456789a}",
                           "0190a6f2-7c3d-7abc-9def-0123456789ag", "0190a6f2-7c3d-7abc-9def-0123456789abc",
                           "0190a6f2-7c3d-7abc-9def-0123456789a-"}) {
    EXPECT_FALSE(Uuid::parse(text)) << text;
  }
}

TEST(Uuid, Version7SortsByTimeAndNeverRepeats) {
  std::set<Uuid> seen;
  Uuid earlier = Uuid::v7_at(std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1)), 0, 0);
  for (int i = 0; i < 10'000; ++i) {
    const Uuid id = Uuid::v7();
    EXPECT_EQ(id.to_string()[14], '7');
    EXPECT_TRUE(seen.insert(id).second);
    EXPECT_LT(earlier, id);
  }
}

}  // namespace
}  // namespace salesflow
