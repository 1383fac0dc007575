#include "platform/postgres/snapshot.hpp"

#include <gtest/gtest.h>

namespace salesflow::postgres {
namespace {

TEST(Snapshot, ContainsWhatEndedBeforeIt) {
  constexpr std::string_view snapshot = "100:110:103,107";
  for (const std::uint64_t xid : {1, 99, 100, 102, 104, 109})
    EXPECT_TRUE(snapshot_contains(snapshot, xid)) << xid;
  for (const std::uint64_t xid : {103, 107, 110, 111})
    EXPECT_FALSE(snapshot_contains(snapshot, xid)) << xid;
  EXPECT_TRUE(snapshot_contains("5:5:", 4));
  EXPECT_FALSE(snapshot_contains("5:5:", 5));
  EXPECT_TRUE(snapshot_contains("18446744073709551614:18446744073709551615:", 18446744073709551614ULL));
}

TEST(Snapshot, ThatIsMalformedContainsNothing) {
  for (const std::string_view text : {"", "1", "1:2", ":2:", "1::", "2:1:", "1:9:a", "1:9:3,", "1:9:3;4",
                                      "x:9:", "1:9:3 ", "-1:9:", "99999999999999999999:99999999999999999999:"}) {
    EXPECT_FALSE(snapshot_contains(text, 0)) << text;
  }
}

TEST(Snapshot, OfAStandbyClaimsNothingFromItsOldestRunningOn) {
  EXPECT_EQ(standby_snapshot("100:110:103,107"), "100:100:");
  EXPECT_EQ(standby_snapshot("nonsense"), "");
}

}  // namespace
}  // namespace salesflow::postgres
