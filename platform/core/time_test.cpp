#include "platform/core/time.hpp"

#include <gtest/gtest.h>

namespace salesflow {
namespace {

TEST(Rfc3339, KeepsMicrosecondsThroughTextAndBack) {
  for (const char* text :
       {"2026-11-23T03:24:12.000001Z", "1969-12-31T23:59:59.999999Z", "2000-02-29T00:00:00.000000Z"}) {
    const auto at = parse_rfc3339(text);
    ASSERT_TRUE(at) << text;
    EXPECT_EQ(format_rfc3339(*at), text);
  }
}

TEST(Rfc3339, ReadsOffsetsAndShortFractions) {
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("2026-11-23T03:24:12.5+01:30")), "2026-11-23T01:54:12.500000Z");
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("2026-11-23T03:24:12Z")), "2026-11-23T03:24:12.000000Z");
}

TEST(Rfc3339, RefusesWhatIsNoInstant) {
  for (const char* text : {"", "2026-11-23", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T03:24:12",
                           "2026-11-23T03:24:12.Z", "2026-11-23T03:24:12+0130", "2026-11-23T03:24:12Zx"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Date, ReadsAndWritesCalendarDays) {
  EXPECT_EQ(format_date(*parse_date("2024-02-29")), "2024-02-29");
  EXPECT_FALSE(parse_date("2023-02-29"));
  EXPECT_FALSE(parse_date("2023-2-9"));
}

TEST(Date, IsTheDayThatAnInstantNamesAsItIsWritten) {
  for (const char* text : {"2026-12-31T00:00:00+01:00", "2026-12-31T23:59:59.999999-12:00", "2026-12-31T00:00:00Z",
                           "2026-12-31 08:00:00+14:00"}) {
    const auto day = parse_date(text);
    ASSERT_TRUE(day) << text;
    EXPECT_EQ(format_date(*day), "2026-12-31") << text;
  }
  for (const char* text : {"2026-12-31T00:00:00", "2026-12-31T24:00:00Z", "2026-12-31x", "2026-02-30T00:00:00Z"})
    EXPECT_FALSE(parse_date(text)) << text;
}

}  // namespace
}  // namespace salesflow
