#include "platform/postgres/decode.hpp"

#include <gtest/gtest.h>

#include "tests/support/postgres_rig.hpp"

namespace salesflow::postgres {
namespace {

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Row {
  std::int32_t id;
  std::optional<std::string_view> name;
};
BOOST_DESCRIBE_STRUCT(Row, (), (id, name))

/// A result as it would have been received.
class FakeResult {
 public:
  explicit FakeResult(Columns columns) : width_(columns.size()) {
    result_->describe(std::make_shared<Columns>(std::move(columns)));
  }
  /// In order: from the left to the right, row by row.
  void set(std::size_t, std::size_t column, std::optional<std::string> bytes) {
    const auto append = [&]<class T>(T number) {
      char form[sizeof number];
      store(form, number);
      row_.append(form, sizeof form);
    };
    if (column == 0)
      append(static_cast<std::int16_t>(width_));
    append(bytes ? static_cast<std::int32_t>(bytes->size()) : std::int32_t{-1});
    row_ += bytes.value_or("");
    if (column + 1 < width_)
      return;
    char head[message_head_bytes] = {'D'};
    store(head + 1, static_cast<std::int32_t>(row_.size() + 4));
    EXPECT_TRUE(result_->append_rows(std::string(head, sizeof head) + std::exchange(row_, {}), 1));
  }
  ResultPtr take() { return std::move(result_); }

 private:
  std::shared_ptr<ResultSet> result_ = std::make_shared<ResultSet>();
  std::string row_;
  std::size_t width_;
};

std::string int4(std::int32_t value) {
  std::string bytes(4, '\0');
  store(bytes.data(), value);
  return bytes;
}

template <class T>
bool reads(std::string bytes, T& out) {
  TextArena arena;
  // A copy of exactly this size, so that a read past the cell is seen by the sanitizer.
  const std::vector<char> exact(bytes.begin(), bytes.end());
  return Codec<T>::read({exact.data(), static_cast<int>(exact.size())}, out, arena);
}

const test::TestQuery query("t.rows", "SELECT …");

TEST(Decode, ReadsRowsIntoTheMembersInOrder) {
  FakeResult fake({{"id", oid::int4}, {"name", oid::text}});
  fake.set(0, 0, int4(1));
  fake.set(0, 1, "one");
  fake.set(1, 0, int4(2));
  fake.set(1, 1, std::nullopt);
  const auto set = decode_rows<Row>(query, fake.take());
  ASSERT_TRUE(set);
  ASSERT_EQ(set->size(), 2u);
  EXPECT_EQ(set->rows[0].id, 1);
  EXPECT_EQ(set->rows[0].name, "one");
  EXPECT_EQ(set->rows[1].name, std::nullopt);
}

TEST(Decode, NamesStatementAndColumnOfWhatDoesNotFit) {
  FakeResult wrong_type({{"id", oid::text}, {"name", oid::text}});
  auto error = decode_rows<Row>(query, wrong_type.take()).error();
  EXPECT_EQ(error.code, Errc::internal);
  EXPECT_NE(error.log_detail.find("t.rows"), std::string::npos);
  EXPECT_NE(error.log_detail.find("\"id\""), std::string::npos);

  FakeResult null({{"id", oid::int4}, {"name", oid::text}});
  null.set(0, 0, std::nullopt);
  null.set(0, 1, "name");
  error = decode_rows<Row>(query, null.take()).error();
  EXPECT_NE(error.log_detail.find("NULL"), std::string::npos);

  FakeResult few({{"id", oid::int4}});
  EXPECT_EQ(decode_rows<Row>(query, few.take()).error().code, Errc::internal);
}

struct Found {
  std::string_view status = "lead";
  std::int32_t score = 0;
};
BOOST_DESCRIBE_STRUCT(Found, (), (status, score))

TEST(Decode, ServesANullAsTheDefaultThatTheRowNames) {
  FakeResult null({{"status", oid::text}, {"score", oid::int4}});
  null.set(0, 0, std::nullopt);
  null.set(0, 1, int4(7));
  null.set(1, 0, "won");
  null.set(1, 1, int4(8));
  const auto set = decode_rows<Found>(query, null.take());
  ASSERT_TRUE(set);
  EXPECT_EQ(set->rows[0].status, "lead");
  EXPECT_EQ(set->rows[1].status, "won");

  FakeResult unnamed({{"status", oid::text}, {"score", oid::int4}});
  unnamed.set(0, 0, "won");
  unnamed.set(0, 1, std::nullopt);
  EXPECT_TRUE(decode_rows<Found>(query, unnamed.take()).has_error()) << "zero is no default that anybody named";
}

TEST(Decode, ReadsWhateverACommittedWriteAnswers) {
  const test::TestQuery write("t.write", "INSERT …", {}, QueryMode::write);
  FakeResult odd({{"id", oid::int4}, {"name", oid::text}});
  odd.set(0, 0, std::nullopt);
  odd.set(0, 1, "name");
  const auto set = decode_rows<Row>(write, odd.take());
  ASSERT_TRUE(set);
  EXPECT_EQ(set->rows[0].id, 0);
  EXPECT_EQ(set->rows[0].name, "name");
}

TEST(Decode, LeavesNullsOutOfLists) {
  std::vector<std::string_view> texts;
  std::string bytes =
      int4(1) + int4(1) + int4(static_cast<std::int32_t>(oid::text)) + int4(2) + int4(1) + int4(-1) + int4(1) + "a";
  EXPECT_TRUE(reads(bytes, texts));
  EXPECT_EQ(texts.size(), 1u);
}

TEST(Decode, TakesATimestampWithoutZoneAsUtc) {
  EXPECT_TRUE(Codec<TimePoint>::accepts(oid::timestamp));
}

TEST(Decode, OneRowMeansAtMostOne) {
  FakeResult none({{"id", oid::int4}});
  EXPECT_FALSE(*decode_one<std::int32_t>(query, none.take()));
  FakeResult two({{"id", oid::int4}});
  two.set(0, 0, int4(1));
  two.set(1, 0, int4(2));
  EXPECT_EQ(decode_one<std::int32_t>(query, two.take()).error().code, Errc::internal);
}

TEST(Decode, KeepsMadeTextAliveWithTheRows) {
  std::string binary;
  ASSERT_TRUE(encode_numeric(binary, "-1234.50"));
  FakeResult fake({{"value", oid::numeric}});
  fake.set(0, 0, binary);
  auto one = decode_one<DecimalView>(query, fake.take());
  ASSERT_TRUE(one);
  const auto moved = std::move(*one);
  EXPECT_EQ(moved->digits, "-1234.50");
}

TEST(Decode, RefusesCellsOfTheWrongLength) {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string bytes(length, '\x7f');
    Uuid id;
    std::int32_t four = 0;
    std::int64_t eight = 0;
    TimePoint at;
    bool flag = false;
    double real = 0;
    std::vector<std::int32_t> list;
    Decimal decimal;
    EXPECT_EQ(reads(bytes, id), length == 16);
    EXPECT_EQ(reads(bytes, four), length == 4 || length == 2);
    EXPECT_EQ(reads(bytes, eight), length == 8 || length == 4 || length == 2);
    EXPECT_EQ(reads(bytes, flag), length == 1);
    EXPECT_EQ(reads(bytes, real), length == 8 || length == 4);
    EXPECT_FALSE(reads(bytes, list));
    EXPECT_FALSE(reads(bytes, decimal));
    reads(bytes, at);
  }
}

TEST(Decode, RefusesAnEnumValueItDoesNotKnow) {
  Colour colour = Colour::red;
  EXPECT_TRUE(reads("green", colour));
  EXPECT_EQ(colour, Colour::green);
  EXPECT_FALSE(reads("blue", colour));
}

TEST(Numeric, PrintsEveryFormAsPostgresqlDoes) {
  for (const std::string_view digits : {"0", "0.0", "0.000", "1", "-1", "12", "9999", "10000", "100000000", "0.0001",
                                        "0.00001", "-0.5", "1.50", "123456789.123456789", "10000.00001",
                                        "99999999999999999999999999999999.99", "0.10000", "1000000000000000000000"}) {
    std::string binary, text;
    ASSERT_TRUE(encode_numeric(binary, digits)) << digits;
    ASSERT_TRUE(append_numeric(text, binary)) << digits;
    EXPECT_EQ(text, digits);
  }
}

TEST(Numeric, ReadsSignsZerosAndExponents) {
  const std::pair<const char*, const char*> forms[] = {{"+1.5", "1.5"},   {"-0", "0"},      {"007", "7"},
                                                       {".5", "0.5"},     {"1e3", "1000"},  {"1.5E-3", "0.0015"},
                                                       {"12.5e1", "125"}, {"-0.00", "0.00"}};
  for (const auto& [given, wanted] : forms) {
    std::string binary, text;
    ASSERT_TRUE(encode_numeric(binary, given)) << given;
    ASSERT_TRUE(append_numeric(text, binary));
    EXPECT_EQ(text, wanted) << given;
  }
  for (const char* bad : {"", "-", ".", "1.2.3", "1 ", " 1", "NaN", "1e", "1e5000", "0x10", "1,5"}) {
    std::string binary = "kept";
    EXPECT_FALSE(encode_numeric(binary, bad)) << bad;
    EXPECT_EQ(binary, "kept");
  }
}

TEST(Numeric, RefusesNanInfinityAndGarbage) {
  for (const std::uint16_t sign : {0xC000, 0xD000, 0xF000, 0x1234}) {
    std::string binary(8, '\0');
    store(binary.data() + 4, sign);
    std::string text;
    EXPECT_FALSE(append_numeric(text, binary));
    EXPECT_EQ(text, "");
  }
  std::string too_big_a_digit(10, '\0'), text;
  store(too_big_a_digit.data(), std::int16_t{1});
  store(too_big_a_digit.data() + 8, std::int16_t{10'000});
  EXPECT_FALSE(append_numeric(text, too_big_a_digit));
}

}  // namespace
}  // namespace salesflow::postgres
