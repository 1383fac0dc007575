// Our reading and writing of values against PostgreSQL's own.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>

#include "platform/core/cursor.hpp"
#include "platform/postgres/snapshot.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {

/// A list of them is compared with its default where a NULL is read.
inline bool operator==(DecimalView left, DecimalView right) {
  return left.digits == right.digits;
}

}  // namespace salesflow

namespace salesflow::postgres {
namespace {

using test::TestQuery;

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Everything {
  bool flag;
  std::int16_t two;
  std::int32_t four;
  std::int64_t eight;
  float real;
  double real8;
  std::string_view text;
  std::string varchar;
  Uuid id;
  TimePoint at, never, always;
  Date day;
  DecimalView numeric;
  Decimal numeric2;
  RawJsonView json;
  RawJson json2;
  std::span<const std::byte> bytes;
  std::vector<std::int32_t> fours;
  std::vector<std::optional<std::string_view>> texts;
  std::vector<Uuid> ids;
  std::vector<std::string> none;
  std::optional<std::int32_t> null;
  Colour colour;
  std::vector<DecimalView> numerics;
};
BOOST_DESCRIBE_STRUCT(Everything, (),
                      (flag, two, four, eight, real, real8, text, varchar, id, at, never, always, day, numeric,
                       numeric2, json, json2, bytes, fours, texts, ids, none, null, colour, numerics))

/// One connection for all cases of this file. It knows statements by their address, so they are static.
class Codecs : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    admin = std::make_unique<test::TestDatabase>(test::Schema::empty);
    PoolSettings settings;
    settings.conninfo = admin->url(test::Login::owner);
    settings.connections = 1;
    rig = std::make_unique<test::PostgresRig>(settings);
  }
  static void TearDownTestSuite() {
    rig.reset();
    admin.reset();
  }
  template <class Row, class... Arguments>
  static OneRow<Row> ask(const Query& query, Arguments... arguments) {
    RequestContext context;
    auto row = rig->run(rig->database->read_one<Row>(context, query, arguments...));
    if (!row)
      throw std::runtime_error(row.error().log_detail);
    return std::move(*row);
  }
  static inline std::unique_ptr<test::TestDatabase> admin;
  static inline std::unique_ptr<test::PostgresRig> rig;
};

TEST_F(Codecs, ReadEveryTypeOfTheHouse) {
  static const TestQuery all(
      "codecs.all",
      "SELECT true, 2::int2, -4, 8::int8, 1.5::float4, 0.1::float8, 'grüße'::text, 'v'::varchar(9), "
      "'00112233-4455-6677-8899-aabbccddeeff'::uuid, '2026-02-03T04:05:06.789012Z'::timestamptz, "
      "'infinity'::timestamptz, '-infinity'::timestamptz, '1999-12-31'::date, 12.50::numeric, -0.001::numeric, "
      "'{\"a\": [1, 2]}'::jsonb, '[3]'::json, '\\x00ff'::bytea, ARRAY[1, 2, 3], ARRAY['a', NULL, ''], "
      "ARRAY['00112233-4455-6677-8899-aabbccddeeff'::uuid], ARRAY[]::text[], NULL::int4, 'green', ARRAY[1.0, 20000.5]");
  const auto row = ask<Everything>(all);
  ASSERT_TRUE(row);
  EXPECT_TRUE(row->flag);
  EXPECT_EQ(row->two, 2);
  EXPECT_EQ(row->four, -4);
  EXPECT_EQ(row->eight, 8);
  EXPECT_EQ(row->real, 1.5F);
  EXPECT_EQ(row->real8, 0.1);
  EXPECT_EQ(row->text, "grüße");
  EXPECT_EQ(row->varchar, "v");
  EXPECT_EQ(row->id.to_string(), "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ(format_rfc3339(row->at), "2026-02-03T04:05:06.789012Z");
  EXPECT_EQ(row->never, time_infinity);
  EXPECT_EQ(row->always, time_minus_infinity);
  EXPECT_EQ(format_date(row->day), "1999-12-31");
  EXPECT_EQ(row->numeric.digits, "12.50");
  EXPECT_EQ(row->numeric2.digits, "-0.001");
  EXPECT_EQ(row->json.text, R"({"a": [1, 2]})");
  EXPECT_EQ(row->json2.text, "[3]");
  EXPECT_EQ(row->bytes.size(), 2u);
  EXPECT_EQ(row->fours, (std::vector<std::int32_t>{1, 2, 3}));
  EXPECT_EQ(row->texts, (std::vector<std::optional<std::string_view>>{"a", std::nullopt, ""}));
  EXPECT_EQ(row->ids.size(), 1u);
  EXPECT_TRUE(row->none.empty());
  EXPECT_EQ(row->null, std::nullopt);
  EXPECT_EQ(row->colour, Colour::green);
  EXPECT_EQ(row->numerics.at(1).digits, "20000.5");
}

TEST_F(Codecs, AnswerInternalForNotANumber) {
  static const TestQuery query("codecs.nan", "SELECT 'NaN'::numeric");
  RequestContext context;
  const auto row = rig->run(rig->database->read_one<Decimal>(context, query));
  EXPECT_EQ(row.error().code, Errc::internal);
  EXPECT_NE(row.error().log_detail.find("codecs.nan"), std::string::npos);
}

struct Extremes {
  std::optional<DecimalView> nan, infinite;
  DecimalView by_default{"0"};
  std::optional<Date> never, always;
  TimePoint last, first;
  std::vector<std::string_view> flat, deep;
  std::vector<DecimalView> numbers;
};
BOOST_DESCRIBE_STRUCT(Extremes, (), (nan, infinite, by_default, never, always, last, first, flat, deep, numbers))

TEST_F(Codecs, ReadWhatFewThinkOf) {
  static const TestQuery query(
      "codecs.extremes",
      "SELECT 'NaN'::numeric, '-Infinity'::numeric, 'NaN'::numeric, 'infinity'::date, '-infinity'::date, '294276-12-31 "
      "23:59:59.999999Z'::timestamptz, '4713-01-01 BC'::timestamptz, '{{a,b},{c,NULL}}'::text[], "
      "'[0:1][2:2][1:1]={{{x}},{{y}}}'::text[], ARRAY[1, 'NaN'::numeric]");
  const auto row = ask<Extremes>(query);
  EXPECT_FALSE(row->nan);
  EXPECT_FALSE(row->infinite);
  EXPECT_EQ(row->by_default.digits, "0");
  EXPECT_EQ(format_date(*row->never), "9999-12-31");
  EXPECT_EQ(format_date(*row->always), "0000-01-01");
  EXPECT_EQ(format_rfc3339(row->last), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_rfc3339(row->first), "0000-01-01T00:00:00.000000Z");
  EXPECT_EQ(row->flat, (std::vector<std::string_view>{"a", "b", "c"}));
  EXPECT_EQ(row->deep, (std::vector<std::string_view>{"x", "y"}));
  EXPECT_EQ(row->numbers.size(), 1u) << "what is no number is left out";
}

struct DayPosition {
  Date day{};
};
BOOST_DESCRIBE_STRUCT(DayPosition, (), (day))

template <class Position>
Result<Position> there_and_back(const Position& position) {
  const Scope scope("list", Uuid{});
  return decode_cursor(encode_cursor(position, scope), scope, Position{});
}

TEST_F(Codecs, SendInstantsAndDaysBackAsTheyCame) {
  static const TestQuery instant("codecs.instant", "SELECT $1::text::timestamptz", {oid::text});
  static const TestQuery instant_back("codecs.instant_back", "SELECT $1::timestamptz = $2::text::timestamptz",
                                      {oid::timestamptz, oid::text});
  static const TestQuery day("codecs.day", "SELECT $1::text::date", {oid::text});
  static const TestQuery day_back("codecs.day_back", "SELECT $1::date = $2::text::date", {oid::date, oid::text});
  for (const std::string text : {"infinity", "-infinity", "294276-12-31 23:59:59.999999Z", "294247-01-10 04:00:54Z",
                                 "294247-01-10 04:00:55Z", "290000-01-01Z", "4714-11-24 00:00:00Z BC", "1970-01-01Z"}) {
    const TimePoint at = *ask<TimePoint>(instant, text);
    EXPECT_TRUE(*ask<bool>(instant_back, at, text)) << text;
    EXPECT_EQ(there_and_back(TimePosition{at, Uuid::v7()}).value().at, at) << text;
  }
  for (const std::string text : {"infinity", "-infinity", "5874897-12-31", "4714-11-24 BC", "1970-01-01"}) {
    const Date at = *ask<Date>(day, text);
    EXPECT_TRUE(*ask<bool>(day_back, at, text)) << text;
    EXPECT_EQ(there_and_back(DayPosition{at}).value().day, at) << text;
  }
}

struct NumericText {
  DecimalView digits;
  std::string_view text;
};
BOOST_DESCRIBE_STRUCT(NumericText, (), (digits, text))

TEST_F(Codecs, AgreeWithPostgresqlOnEveryNumeric) {
  // From our digits to the server and back, beside the server's own text of both.
  static const TestQuery query("codecs.numeric", "SELECT v, v::text FROM (SELECT $1::text::numeric) AS s (v)",
                               {oid::text});
  static const TestQuery encoded("codecs.encoded", "SELECT $1::numeric, $1::text", {oid::numeric});
  const bool holds = rc::check("numeric", [&] {
    const auto digit = rc::gen::inRange('0', static_cast<char>('9' + 1));
    const auto zeros = [](int count) { return std::string(static_cast<std::size_t>(count), '0'); };
    std::string text = *rc::gen::element<std::string>("", "-");
    text += *rc::gen::container<std::string>(*rc::gen::inRange(1, 40), digit);
    text += zeros(*rc::gen::inRange(0, 12));
    if (*rc::gen::arbitrary<bool>()) {
      text += "." + zeros(*rc::gen::inRange(0, 12)) + *rc::gen::container<std::string>(*rc::gen::inRange(1, 40), digit);
      text += zeros(*rc::gen::inRange(0, 6));
    }
    const auto read = ask<NumericText>(query, text);
    RC_ASSERT(read->digits.digits == read->text);
    const auto written = ask<NumericText>(encoded, Decimal{text});
    RC_ASSERT(written->text == read->text);
    RC_ASSERT(written->digits.digits == read->text);
  });
  EXPECT_TRUE(holds);
}

struct Visible {
  std::string_view snapshot;
  std::vector<bool> visible;
};
BOOST_DESCRIBE_STRUCT(Visible, (), (snapshot, visible))

TEST_F(Codecs, AgreeWithPostgresqlOnWhatASnapshotContains) {
  static const TestQuery query(
      "codecs.visible",
      "SELECT s::text, ARRAY(SELECT pg_visible_in_snapshot(x::text::xid8, s) FROM generate_series(0, 70) x) "
      "FROM (SELECT $1::text::pg_snapshot) AS t (s)",
      {oid::text});
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const auto xmin = 1 + random() % 40, xmax = xmin + random() % 25;
    std::string text = std::to_string(xmin) + ":" + std::to_string(xmax) + ":", separator;
    for (auto xid = xmin; xid < xmax; ++xid) {
      if (random() % 3 == 0)
        text += std::exchange(separator, ",") + std::to_string(xid);
    }
    const auto row = ask<Visible>(query, text);
    for (std::uint64_t xid = 0; xid <= 70; ++xid) {
      EXPECT_EQ(snapshot_contains(row->snapshot, xid), row->visible.at(xid)) << text << " and " << xid;
    }
  }
}

}  // namespace
}  // namespace salesflow::postgres
