#include "platform/core/cursor.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace salesflow {
namespace {

TEST(Cursor, KeepsMicrosecondsAndInfinity) {
  for (const Cursor& cursor : {Cursor{TimePoint(std::chrono::microseconds(1'795'000'000'123'456)), Uuid::v7()},
                               cursor_before_newest, cursor_before_oldest}) {
    EXPECT_EQ(*decode_cursor(encode_cursor(cursor, "list"), "list"), cursor);
  }
}

TEST(Cursor, RefusesOtherListsAndOtherText) {
  const auto text = encode_cursor({TimePoint{}, Uuid::v7()}, "events|user-a");
  EXPECT_EQ(decode_cursor(text, "events|user-b").error().code, Errc::malformed);
  EXPECT_EQ(decode_cursor(text, "events|user-b").error().errors[0].field, "query.cursor");
  for (const std::string& bad :
       {std::string(), text.substr(1), text + "A", std::string(40, '!'), std::string(40, 'A')}) {
    EXPECT_TRUE(decode_cursor(bad, "events|user-a").has_error()) << bad;
  }
}

RC_GTEST_PROP(Cursor, NeverCrashesOnNoise, (const std::string& noise)) {
  (void)decode_cursor(noise, "x").has_error();
}

}  // namespace
}  // namespace salesflow
