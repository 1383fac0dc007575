#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/parse.hpp>

#include "platform/json/describe_schema.hpp"
#include "platform/json/numbers.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"

namespace salesflow::json {
namespace {

enum class Channel { email, whatsapp };
BOOST_DESCRIBE_ENUM(Channel, email, whatsapp)

struct Inner {
  std::string text;
  std::optional<double> confidence;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (text, confidence))

struct Body {
  Channel channel{};
  Text<1, 5> text;
  std::optional<Ranged<int, 1, 200>> limit;
  std::optional<RawJson> raw_payload;
  std::optional<Uuid> contact_id;
  Patch<std::string> name;
  std::vector<Inner> inner;
};
BOOST_DESCRIBE_STRUCT(Body, (), (channel, text, limit, raw_payload, contact_id, name, inner))

struct Priced {
  std::optional<Money> value;
  Patch<Money> other;
  Patch<RawJson> extra;
  Patch<Text<1, 5>> name;
};
BOOST_DESCRIBE_STRUCT(Priced, (), (value, other, extra, name))

std::string complaint(std::string_view body) {
  const auto result = read<Body>(body);
  return result ? "none" : std::string(to_string(result.error().code)) + ": " + result.error().public_detail;
}

TEST(JsonRead, FillsADescribedStruct) {
  const auto body = read<Body>(R"({"channel":"whatsapp","text":"Grüß","limit":7,"name":null,
    "raw_payload":{"n":12345678901234567890.5,"a":[1,"}"]},"inner":[{"text":"x"}]})");
  ASSERT_TRUE(body) << body.error().public_detail;
  EXPECT_EQ(body->channel, Channel::whatsapp);
  EXPECT_EQ(body->limit->value, 7);
  EXPECT_EQ(body->raw_payload->text, R"({"n":12345678901234567890.5,"a":[1,"}"]})") << "byte for byte";
  EXPECT_TRUE(body->name.present);
  EXPECT_FALSE(body->name.value);
  EXPECT_EQ(body->inner[0].text, "x");
}

TEST(JsonRead, NamesTheFieldAndTheReason) {
  EXPECT_EQ(complaint(R"({"text":"a"})"), "invalid_argument: channel is required");
  EXPECT_EQ(complaint(R"({"channel":"fax","text":"a"})"), "invalid_argument: channel must be one of email, whatsapp");
  EXPECT_EQ(complaint(R"({"channel":"email","text":""})"), "invalid_argument: text must not be empty");
  EXPECT_EQ(complaint(R"({"channel":"email","text":"123456"})"), "invalid_argument: text must have 1 to 5 characters");
  EXPECT_EQ(complaint(R"({"channel":"email","text":"a","limit":201})"),
            "invalid_argument: limit must be from 1 to 200");
  EXPECT_EQ(complaint(R"({"channel":"email","text":"a","limit":"7"})"),
            "invalid_argument: limit must be a whole number");
  EXPECT_EQ(complaint(R"({"channel":"email","text":"a","contact_id":"7"})"),
            "invalid_argument: contact_id must be a UUID");
  EXPECT_EQ(complaint(R"({"channel":"email","text":"a","inner":[{"text":1}]})"),
            "invalid_argument: inner[0].text must be a string");
  EXPECT_EQ(complaint("[]"), "invalid_argument: body must be an object");
}

TEST(JsonRead, RefusesBrokenDeepAndNulBodies) {
  EXPECT_TRUE(complaint("{").starts_with("malformed"));
  EXPECT_TRUE(complaint("").starts_with("malformed"));
  EXPECT_TRUE(complaint("{\"text\":\"\xFF\"}").starts_with("malformed"));
  EXPECT_TRUE(complaint(R"({"channel":"email","text":"a\u0000"})").starts_with("malformed"));
  EXPECT_TRUE(complaint(R"({"channel":"email","text":"a","raw_payload":{"k\u0000":1}})").starts_with("malformed"));
  EXPECT_TRUE(complaint(std::string(100'000, '[')).starts_with("malformed"));
  EXPECT_EQ(complaint(R"({"channel":"email","text":"\\u0000"})"), "invalid_argument: text must have 1 to 5 characters")
      << "an escaped backslash before u0000 is plain text";
}

TEST(JsonRead, RefusesNumbersThatPostgresWouldWriteOut) {
  const auto field_of = [](const std::string& value) {
    const auto result = read<Body>(R"({"channel":"email","text":"a","inner":[],"raw_payload":)" + value + "}");
    if (result)
      return std::string("none");
    EXPECT_EQ(result.error().code, Errc::invalid_argument) << value;
    return result.error().errors.at(0).field;
  };
  for (const std::string value :
       {"1e131071", "1E+309", "-1e400", "1.8e308", "17976931348623157e300", "1e-400", "0e-16000", "0e400", "0e-325",
        "1e-131071", "1e99999999999999999999", "12345678901234567890123456789012345678901",
        "1.0000000000000000000000000000000000000000", "0.00000000000000000000000000000000000000000"})
    EXPECT_EQ(field_of(value), "raw_payload") << value;
  EXPECT_EQ(field_of("[1, {\"a b\": [\"1e400\", {\"x\": 1}, -1e400]}]"), "raw_payload[1].a b[2]");
  EXPECT_EQ(field_of(R"({"\"1e400\\": "\"", "d": {"e": 1e400}})"), "raw_payload.d.e");
  for (const std::string value :
       {"0", "-0.0", "1e308", "1.7976931348623157e308", "5e-324", "2.2250738585072014e-308", "0e308", "0.000e-300",
        "1234567890123456789012345678901234567890", "0.001234567890123456789012345678901234567890", "\"1e400\"",
        "{\"1e400\": \"0e-20000\"}"})
    EXPECT_EQ(field_of(value), "none") << value;
  EXPECT_EQ(complaint(R"({"channel":"email","text":"a","unknown":1e400})"),
            "invalid_argument: unknown must be a number that a double can reach, of at most 40 digits");
  EXPECT_EQ(read_array<Priced>(R"([{"value":1},{"extra":[1e400]}])", 2).error().errors.at(0).field, "[1].extra[0]");
}

TEST(JsonRead, BoundsWhatIsStoredWithItsNumbersWrittenOut) {
  const auto with_numbers = [](std::size_t count, const std::string& number) {
    std::string list = "[0";
    for (std::size_t i = 0; i < count; ++i)
      list += "," + number;
    return R"({"extra":)" + list + "]}";
  };
  EXPECT_TRUE(read<Priced>(with_numbers(3'000, "1e308")));
  const auto refused = read<Priced>(with_numbers(3'400, "1e308"));  // 20 kB that jsonb makes 1 MB of
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_EQ(refused.error().errors.at(0).field, "extra");
  EXPECT_TRUE(read<Priced>(with_numbers(3'400, "1e308"),
                           {.refuse_unknown = false, .unknown_fields = nullptr, .stored_bytes_max = 8 << 20}));
  EXPECT_EQ(stored_size(R"({"a" : [1e3,-1.5e-2,0e-3,"1e3", 1.50]})"),
            std::string_view(R"({"a": [1000, -0.015, 0.000, "1e3", 1.50]})").size());
  EXPECT_EQ(stored_size("12e-1"), 3u);
  EXPECT_EQ(stored_size("1.25e1"), 4u);
}

TEST(JsonRead, CountsUnknownFieldsAndRefusesThemOnlyWhenStrict) {
  std::size_t unknown = 0;
  const char* const body = R"({"channel":"email","text":"a","colour":1,"x":2})";
  EXPECT_TRUE(read<Body>(body, {.refuse_unknown = false, .unknown_fields = &unknown}));
  EXPECT_EQ(unknown, 2u);
  const auto strict = read<Body>(body, {.refuse_unknown = true, .unknown_fields = nullptr});
  ASSERT_TRUE(strict.has_error());
  EXPECT_EQ(strict.error().errors[0].field, "colour");
}

TEST(JsonWrite, WritesEveryKindOfMember) {
  EXPECT_EQ(to_json(std::string_view("tab\t \"quote\" back\\slash \x01 Grüße")),
            R"("tab\t \"quote\" back\\slash \u0001 Grüße")");
  EXPECT_EQ(to_json(Inner{"x", std::nullopt}), R"({"text":"x","confidence":null})");
  EXPECT_EQ(to_json(std::vector<double>{0.5, 1e300}), "[0.5,1e+300]");
  EXPECT_EQ(to_json(TimePoint(std::chrono::microseconds(1))), R"("1970-01-01T00:00:00.000001Z")");
}

TEST(JsonWrite, GrowsFromNoRoomAtAllAndAppendsToWhatIsThere) {
  const std::vector<std::string> texts(100, std::string(50, '\n') + "x");
  std::string out = "kept";
  Output output(out, 0);
  write(output, texts);
  output.finish();
  EXPECT_EQ(out, "kept" + to_json(texts, 1 << 20));
}

RC_GTEST_PROP(JsonWrite, WhatIsWrittenIsReadBackTheSame, (const std::string& noise)) {
  std::string bytes;  // ASCII with all control characters, and some letters of two and four bytes
  for (const char c : noise)
    bytes += (c & 0x7F) == 0 ? "ß" : c < -100 ? "\xF0\x9F\x98\x80" : std::string(1, static_cast<char>(c & 0x7F));
  RC_ASSERT(std::string_view(boost::json::parse(to_json(bytes, 0)).as_string()) == bytes);
}

TEST(JsonSchema, DocumentsBoundsEnumsAndNulls) {
  const auto made = schema<Body>();
  EXPECT_EQ(made.name, "Body");
  EXPECT_NO_THROW(boost::json::parse(made.text)) << made.text;
  EXPECT_NE(made.text.find(R"("channel":{"type":"string","enum":["email","whatsapp"]})"), std::string::npos)
      << made.text;
  EXPECT_NE(made.text.find(R"("limit":{"type":["integer","null"],"minimum":1,"maximum":200})"), std::string::npos);
  EXPECT_NE(made.text.find(R"("required":["channel","text"])"), std::string::npos);
}

struct Changes {
  Patch<Money> other;
  Patch<RawJson> extra;
  Patch<Text<1, 5>> name;
};
BOOST_DESCRIBE_STRUCT(Changes, (), (other, extra, name))

TEST(JsonRead, KeepsTheDigitsOfDecimalsAndOfPatchedJson) {
  const auto read_back =
      read<Priced>(R"({"value":123456789012.50,"other":"0.10","extra":{"n":12345678901234567890.12}})");
  ASSERT_TRUE(read_back) << read_back.error().public_detail;
  EXPECT_EQ(read_back->value->digits, "123456789012.50");
  EXPECT_EQ(read_back->other.value->digits, "0.10");
  EXPECT_EQ(read_back->extra.value->text, R"({"n":12345678901234567890.12})");
  EXPECT_FALSE(read_back->name.present);
  const auto cleared = read<Priced>(R"({"other":null,"extra":null,"value":null})");
  ASSERT_TRUE(cleared);
  EXPECT_TRUE(cleared->other.present && !cleared->other.value && cleared->extra.present && !cleared->extra.value);
  EXPECT_FALSE(cleared->value);
  for (const char* bad :
       {R"(1e400)", R"("NaN")", R"(0.001)", R"(-1)", R"("")", R"(true)", R"([1])", R"(1000000000000.01)"}) {
    const auto refused = read<Priced>("{\"value\":" + std::string(bad) + "}");
    ASSERT_TRUE(refused.has_error()) << bad;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument) << bad << refused.error().public_detail;
    EXPECT_EQ(refused.error().errors.at(0).field, "value") << bad;
  }
}

TEST(JsonRead, NamesTheRowsOfAnArray) {
  const auto rows = read_array<Priced>(R"( [ {"value":1.50} , {"value":"2","extra":[1, 2.000]} ] )", 2);
  ASSERT_TRUE(rows) << rows.error().public_detail;
  EXPECT_EQ(rows->at(0).value->digits, "1.50");
  EXPECT_EQ(rows->at(1).extra.value->text, "[1, 2.000]");
  const auto bad = read_array<Priced>(R"([{"value":1},{"value":-1,"name":""},7])", 3);
  ASSERT_TRUE(bad.has_error());
  ASSERT_EQ(bad.error().errors.size(), 3u);
  EXPECT_EQ(bad.error().errors[0].field, "[1].value");
  EXPECT_EQ(bad.error().errors[1].field, "[1].name");
  EXPECT_EQ(bad.error().errors[2].field, "[2]");
  for (const char* body : {"{}", "[]", "[{},{},{}]", "7"})
    EXPECT_EQ(read_array<Priced>(body, 2).error().errors.at(0).field, "body") << body;
}

TEST(JsonWrite, WritesThePresentMembersOfAPatch) {
  Changes patch;
  EXPECT_EQ(present_members(patch), "{}");
  patch.other.present = true;
  patch.name = {true, Text<1, 5>("a\"b")};
  patch.extra = {true, RawJson{"{\"n\": 1.0}"}};
  EXPECT_EQ(present_members(patch), R"({"other":null,"extra":{"n": 1.0},"name":"a\"b"})");
}

}  // namespace
}  // namespace salesflow::json
