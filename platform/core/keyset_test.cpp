#include "platform/core/keyset.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace salesflow {
namespace {

TEST(Keyset, KeepsEveryKindOfKey) {
  const Uuid id = Uuid::v7();
  const TimePoint at{std::chrono::microseconds(1'795'000'000'123'456)};
  const Date day{std::chrono::days(20'000)};
  const auto text = encode_keyset(
      {key_text(-7), key_text(at), key_text(day), key_text("M\xc3\xbcller, \"x\""), key_text(id)}, "list");
  const auto keys = decode_keyset(text, 5, "list").value();
  EXPECT_EQ(*key_number(keys[0], -10, 10), -7);
  EXPECT_EQ(*key_time(keys[1]), at);
  EXPECT_EQ(*key_date(keys[2]), day);
  EXPECT_EQ(keys[3], "M\xc3\xbcller, \"x\"");
  EXPECT_EQ(*key_id(keys[4]), id);
  EXPECT_EQ(*key_time(key_text(time_infinity)), time_infinity);
  EXPECT_EQ(*key_time(key_text(time_minus_infinity)), time_minus_infinity);
}

TEST(Keyset, RefusesOtherListsOtherCountsAndOtherText) {
  const auto text = encode_keyset({"1", "b"}, "leads|user-a");
  EXPECT_EQ(decode_keyset(text, 2, "leads|user-b").error().errors[0].field, "query.cursor");
  EXPECT_TRUE(decode_keyset(text, 1, "leads|user-a").has_error());
  EXPECT_TRUE(decode_keyset(text, 3, "leads|user-a").has_error());
  for (const std::string& bad :
       {std::string(), text.substr(1), text.substr(0, text.size() - 1), text + "A", std::string(40, '!')})
    EXPECT_TRUE(decode_keyset(bad, 2, "leads|user-a").has_error()) << bad;
  EXPECT_TRUE(decode_keyset(encode_keyset({std::string(1, '\0'), "b"}, "x"), 2, "x").has_error());
  EXPECT_TRUE(decode_keyset(encode_keyset({"\xff", "b"}, "x"), 2, "x").has_error());
}

TEST(Keyset, RefusesKeysThatNoRowHas) {
  EXPECT_TRUE(key_number("11", -10, 10).has_error());
  EXPECT_TRUE(key_number("", -10, 10).has_error());
  EXPECT_TRUE(key_time("-9000000000000000000").has_error());
  EXPECT_TRUE(key_date("-3000000").has_error());
  EXPECT_TRUE(key_id("nobody").has_error());
}

RC_GTEST_PROP(Keyset, NeverCrashesOnNoise, (const std::string& noise)) {
  (void)decode_keyset(noise, 2, "x").has_error();
}

RC_GTEST_PROP(Keyset, ReadsBackWhatItWrote, (std::int64_t number, std::uint8_t length)) {
  const std::string text(length, 'x');
  const auto keys = decode_keyset(encode_keyset({key_text(number), text}, "s"), 2, "s");
  RC_ASSERT(keys.has_value());
  RC_ASSERT(*key_number((*keys)[0], INT64_MIN, INT64_MAX) == number);
  RC_ASSERT((*keys)[1] == text);
}

}  // namespace
}  // namespace salesflow
