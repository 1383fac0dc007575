#include "platform/core/cursor.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace salesflow {
namespace {

enum class Order { newest, oldest };
BOOST_DESCRIBE_ENUM(Order, newest, oldest)

/// A position with every kind of key.
struct Everything {
  std::int16_t score = 0;
  std::int32_t rank = 0;
  std::int64_t value = 0;
  TimePoint at{};
  Date day{};
  TextKey name;
  Uuid id;
  friend bool operator==(const Everything&, const Everything&) = default;
};
BOOST_DESCRIBE_STRUCT(Everything, (), (score, rank, value, at, day, name, id))

struct Named {
  TextKey name;
  Uuid id;
};
BOOST_DESCRIBE_STRUCT(Named, (), (name, id))

const Scope events("events", Uuid{{1}}), of_another_user("events", Uuid{{2}});

template <class Position>
Result<Position> there_and_back(const Position& position) {
  return decode_cursor(encode_cursor(position, events), events, Position{});
}

TEST(Cursor, KeepsMicrosecondsAndInfinity) {
  for (const TimePosition& at : {TimePosition{TimePoint(std::chrono::microseconds(1'795'000'000'123'456)), Uuid::v7()},
                                 before_newest, before_oldest})
    EXPECT_EQ(*there_and_back(at), at);
}

TEST(Cursor, KeepsEveryKindOfKey) {
  const Everything position{-7,
                            INT32_MIN,
                            INT64_MAX,
                            TimePoint(std::chrono::microseconds(-5)),
                            Date(std::chrono::days(-20'000)),
                            TextKey("M\xc3\xbcller, \"x\""),
                            Uuid::v7()};
  EXPECT_EQ(*there_and_back(position), position);
}

TEST(Cursor, OfNoTextIsTheListsBeginning) {
  EXPECT_EQ(*decode_cursor("", events, before_newest), before_newest);
}

TEST(Cursor, RefusesOtherListsAndOtherText) {
  const auto text = encode_cursor(TimePosition{TimePoint{}, Uuid::v7()}, events);
  const auto refused = [&](const std::string& cursor, const Scope& scope) {
    const auto decoded = decode_cursor(cursor, scope, before_newest);
    return decoded.has_error() && decoded.error().code == Errc::malformed &&
           decoded.error().errors.front().field == "query.cursor";
  };
  EXPECT_TRUE(refused(text, of_another_user));
  EXPECT_TRUE(refused(encode_cursor(Named{}, events), events)) << "other keys";
  for (const std::string& bad : {text.substr(1), text.substr(0, text.size() - 2), text + "AA", std::string(40, '!'),
                                 std::string(40, 'A'), std::string(100'000, 'A')})
    EXPECT_TRUE(refused(bad, events)) << bad.substr(0, 80);
}

TEST(Cursor, RefusesWhatNoRowHas) {
  EXPECT_TRUE(
      there_and_back(TimePosition{TimePoint(std::chrono::microseconds(-9'000'000'000'000'000'000)), {}}).has_error());
  Everything position;
  position.day = Date(std::chrono::days(-3'000'000));
  EXPECT_TRUE(there_and_back(position).has_error());
  for (const std::string& text : {std::string("\xff"), std::string(1, '\0')})
    EXPECT_TRUE(there_and_back(Named{TextKey(text), {}}).has_error());
}

TEST(Cursor, CarriesALongTextAsItsDigest) {
  std::string name;
  while (name.size() < 10'000)
    name += "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";  // letters of two, three and four bytes
  const std::string cursor = encode_cursor(Named{TextKey(name), Uuid::v7()}, events);
  EXPECT_LT(cursor.size(), 100u);
  auto read = decode_cursor(cursor, events, Named{});
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->name.is_whole());
  EXPECT_FALSE(read->name.restore(name + "x")) << "the row was changed";
  ASSERT_TRUE(read->name.restore(name));
  EXPECT_TRUE(read->name.is_whole());
  EXPECT_EQ(read->name.text, name);
  const std::string longest(TextKey::bytes_max, 'x');
  EXPECT_EQ(there_and_back(Named{TextKey(longest), {}})->name.text, longest);
}

TEST(Scope, KeepsItsPartsApart) {
  const Uuid user = Uuid::v7();
  const auto text = [&](const auto&... parts) { return Scope("list", user, parts...).text(); };
  using Text = std::optional<std::string>;
  EXPECT_NE(text(std::string("a|"), std::string("b")), text(std::string("a"), std::string("|b")));
  EXPECT_NE(text(Text(""), Text()), text(Text(), Text("")));
  EXPECT_NE(text(std::vector<int>{1}, std::vector<int>{}), text(std::vector<int>{}, std::vector<int>{1}));
  EXPECT_NE(text(Order::newest), text(Order::oldest));
  EXPECT_NE(text(true), text(false));
}

TEST(Scope, NamesEnumsByTheirWords) {
  EXPECT_NE(Scope("list", Uuid{}, Order::oldest).text().find("oldest"), std::string::npos);
}

RC_GTEST_PROP(Cursor, NeverCrashesOnNoise, (const std::string& noise)) {
  (void)decode_cursor(noise, events, Everything{}).has_error();
}

RC_GTEST_PROP(Cursor, ReadsBackWhatItWrote, (std::int64_t number, std::uint8_t length)) {
  Everything position;
  position.value = number;
  position.name = TextKey(std::string(length, 'x'));
  RC_ASSERT(*there_and_back(position) == position);
}

}  // namespace
}  // namespace salesflow
