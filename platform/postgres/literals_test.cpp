#include "platform/postgres/literals.hpp"

#include <gtest/gtest.h>

namespace salesflow::postgres {
namespace {

using namespace std::chrono_literals;

template <class T>
std::string literal(const T& value) {
  Params params;
  params.add(value);
  return literal_of(params.type(0), {params.value(0), static_cast<std::size_t>(params.length(0))}).value_or("none");
}

TEST(Literals, AnArgumentIsTheSqlThatPostgresqlReadsBack) {
  EXPECT_EQ(literal(true), "'t'");
  EXPECT_EQ(literal(std::int32_t{-7}), "'-7'");
  EXPECT_EQ(literal(std::int64_t{9'000'000'000}), "'9000000000'");
  EXPECT_EQ(literal(std::string_view("O'Hara \\ x")), "'O''Hara \\ x'");
  EXPECT_EQ(literal(Uuid::parse("0192f3a0-0000-7000-8000-000000000001").value()),
            "'0192f3a0-0000-7000-8000-000000000001'");
  EXPECT_EQ(literal(time_infinity), "'infinity'");
  EXPECT_EQ(literal(time_minus_infinity), "'-infinity'");
  EXPECT_EQ(literal(TimePoint(1'700'000'000'123'456us)), "'2023-11-14T22:13:20.123456Z'");
  EXPECT_EQ(literal(Decimal{"-1234.50"}), "'-1234.50'");
  EXPECT_EQ(literal(RawJson{R"({"a": "b"})"}), R"('{"a": "b"}')");
}

TEST(Literals, ArraysAreQuotedTwice) {
  EXPECT_EQ(literal(std::vector<std::string>{"a", "b \"c\"", "d'e"}), R"('{"a","b \"c\"","d''e"}')");
  EXPECT_EQ(literal(std::vector<std::int32_t>{}), "'{}'");
  EXPECT_EQ(literal(std::vector<std::optional<std::string>>{std::nullopt, "x"}), R"('{NULL,"x"}')");
}

TEST(Literals, AStatementsArgumentsStandAsItsHeaderListsThem) {
  static constexpr std::uint8_t arguments[] = {2, 0};
  static constexpr std::uint32_t types[] = {oid::text, oid::int4};
  static constexpr Query query{"a.b", "", "SELECT $1, $2", arguments, types, 3, QueryMode::read, 1s, "none", "1", "",
                               "",    "", "x.sql"};
  Params all;
  all.add(std::int32_t{5});
  all.add(nullptr);
  all.add(std::string_view("x"));
  const BoundQuery bound(&query, std::move(all).select(query));
  EXPECT_EQ(literals_of(bound, 100), (std::vector<std::string>{"'5'", "NULL", "'x'"}));
  EXPECT_EQ(literals_of(bound, 3), std::nullopt) << "too long to be kept";
}

}  // namespace
}  // namespace salesflow::postgres
