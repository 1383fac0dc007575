#include "platform/postgres/params.hpp"

#include <gtest/gtest.h>

#include "platform/postgres/codec.hpp"
#include "tests/support/postgres_rig.hpp"

namespace salesflow::postgres {
namespace {

using test::TestQuery;

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

Cell cell_of(const Params& params, std::size_t index) {
  return {params.value(index), params.value(index) ? params.length(index) : -1};
}

/// What was encoded, decoded again.
template <class T>
T round_trip(const T& value) {
  Params params;
  params.add(value);
  EXPECT_TRUE(Codec<T>::accepts(params.type(0)) || params.value(0) == nullptr);
  T out{};
  TextArena arena;
  EXPECT_TRUE(Codec<T>::read(cell_of(params, 0), out, arena));
  return out;
}

TEST(Params, ComeBackAsTheyWereGiven) {
  EXPECT_EQ(round_trip(true), true);
  EXPECT_EQ(round_trip(std::int16_t{-7}), -7);
  EXPECT_EQ(round_trip(std::int32_t{-70'000}), -70'000);
  EXPECT_EQ(round_trip(std::numeric_limits<std::int64_t>::min()), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(round_trip(1.5F), 1.5F);
  EXPECT_EQ(round_trip(-0.1), -0.1);
  EXPECT_EQ(round_trip(std::string("a\0b", 3)), std::string("a\0b", 3));
  const Uuid id = Uuid::v7();
  EXPECT_EQ(round_trip(id), id);
  EXPECT_EQ(round_trip(parse_rfc3339("1999-12-31T23:59:59.999999Z").value()),
            parse_rfc3339("1999-12-31T23:59:59.999999Z").value());
  EXPECT_EQ(round_trip(time_infinity), time_infinity);
  EXPECT_EQ(round_trip(time_minus_infinity), time_minus_infinity);
  EXPECT_EQ(round_trip(parse_date("1970-01-01").value()), parse_date("1970-01-01").value());
  EXPECT_EQ(round_trip(Colour::green), Colour::green);
  EXPECT_EQ(round_trip(Decimal{"-1234.50"}).digits, "-1234.50");
  EXPECT_EQ(round_trip(RawJson{R"({"a": 1})"}).text, R"({"a": 1})");
  EXPECT_EQ(round_trip(std::optional<std::int32_t>{}), std::nullopt);
  EXPECT_EQ(round_trip(std::optional<std::int32_t>{3}), 3);
  EXPECT_EQ(round_trip(std::vector<std::int64_t>{1, -2, 3}), (std::vector<std::int64_t>{1, -2, 3}));
  EXPECT_EQ(round_trip(std::vector<std::string>{"a", ""}), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(round_trip(std::vector<Uuid>{}), std::vector<Uuid>{});
  const std::vector<std::optional<std::string>> gaps{"x", std::nullopt};
  EXPECT_EQ(round_trip(gaps), gaps);
}

TEST(Params, OwnWhatTheyWereGiven) {
  Params params;
  {
    std::string gone(1000, 'x');
    params.add(std::string_view(gone));
    gone.assign(1000, 'y');
  }
  EXPECT_EQ(std::string_view(params.value(0), 1000), std::string(1000, 'x'));
}

TEST(Params, AreFittedToTheTypesOfTheStatement) {
  const TestQuery query("t.fit", "…", {oid::int8, oid::int2, oid::jsonb, oid::varchar, oid::json, oid::uuid});
  const auto bound =
      query.bind(std::int32_t{-5}, std::int64_t{7}, std::string("{}"), std::string("v"), RawJson{"[1]"}, nullptr);
  EXPECT_EQ(load<std::int64_t>(bound.params.value(0)), -5);
  EXPECT_EQ(bound.params.length(1), 2);
  EXPECT_EQ(load<std::int16_t>(bound.params.value(1)), 7);
  EXPECT_EQ(std::string_view(bound.params.value(2), 3), "\1{}");
  EXPECT_EQ(std::string_view(bound.params.value(4), static_cast<std::size_t>(bound.params.length(4))), "[1]");
  EXPECT_EQ(bound.params.value(5), nullptr);
}

TEST(Params, ThatDoNotFitAreABugThatNamesTheStatement) {
  const TestQuery small("t.small", "…", {oid::int2});
  EXPECT_THROW(small.bind(std::int32_t{40'000}), std::logic_error);
  EXPECT_THROW(small.bind(std::string("7")), std::logic_error);
  EXPECT_THROW(small.bind(), std::logic_error);
  try {
    small.bind(1, 2);
    FAIL() << "two arguments were taken";
  } catch (const std::logic_error& error) {
    EXPECT_NE(std::string(error.what()).find("t.small"), std::string::npos);
  }
  Params params;
  EXPECT_THROW(params.add(Decimal{"1,5"}), std::logic_error);
}

TEST(Params, AreChosenInTheOrderOfTheVariant) {
  static constexpr std::array<std::uint8_t, 2> arguments{2, 0};
  static constexpr std::array<std::uint32_t, 2> types{oid::text, oid::int4};
  const Query query{"t.variant", "", "…", arguments, types, 3, QueryMode::read, std::chrono::seconds(1),
                    "",          "", "",  "",        "",    ""};
  Params params;
  params.add(1);
  params.add(2);
  params.add("three");
  const Params chosen = std::move(params).select(query);
  ASSERT_EQ(chosen.size(), 2u);
  EXPECT_EQ(std::string_view(chosen.value(0), 5), "three");
  EXPECT_EQ(load<std::int32_t>(chosen.value(1)), 1);
}

}  // namespace
}  // namespace salesflow::postgres
