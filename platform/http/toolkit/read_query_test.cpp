#include "platform/http/toolkit/read_query.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/describe.hpp>

namespace salesflow::http {
namespace {

enum class Channel { email, whatsapp };
BOOST_DESCRIBE_ENUM(Channel, email, whatsapp)

struct ListQuery {
  Ranged<int, 1, 200> limit = 50;
  std::optional<Channel> channel;
  std::optional<Uuid> contact_id;
  std::optional<TimePoint> since;
  std::optional<std::string> q;
  bool exact = false;
  std::vector<std::string> tag;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (), (limit, channel, contact_id, since, q, exact, tag))

struct LoginForm {
  Text<1, 20> username;
  std::string password;
  std::optional<std::string> grant_type;
};
BOOST_DESCRIBE_STRUCT(LoginForm, (), (username, password, grant_type))

Result<ListQuery> read(std::string_view query) {
  Request request;
  request.query = query;
  return read_query<ListQuery>(request);
}

TEST(ReadQuery, KeepsDefaultsAndReadsEveryType) {
  EXPECT_EQ(read("")->limit, 50);
  const auto all = read(
      "limit=7&channel=whatsapp&contact_id=0190163d-8694-739b-aea5-966c26f8ad90&since=2026-11-23T03:24:12Z&q=a%20b%2Bc+"
      "d"
      "&exact=true&tag=x&tag=y&unknown=1");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->limit, 7);
  EXPECT_EQ(all->channel, Channel::whatsapp);
  EXPECT_TRUE(all->contact_id);
  EXPECT_TRUE(all->since);
  EXPECT_EQ(all->q, "a b+c d");
  EXPECT_TRUE(all->exact);
  EXPECT_EQ(all->tag, (std::vector<std::string>{"x", "y"}));
}

TEST(ReadQuery, NamesTheFieldAndTheBounds) {
  for (const std::string_view limit : {"limit=0", "limit=201", "limit=", "limit=x", "limit=99999999999"}) {
    const auto result = read(limit);
    ASSERT_FALSE(result) << limit;
    EXPECT_EQ(result.error().code, Errc::invalid_argument);
    EXPECT_EQ(result.error().public_detail, "query.limit must be a number from 1 to 200");
    EXPECT_EQ(result.error().errors.front().field, "query.limit");
  }
  EXPECT_EQ(read("channel=fax").error().public_detail, "query.channel must be one of email, whatsapp");
  EXPECT_EQ(read("contact_id=7&limit=0").error().errors.size(), 2u);
}

TEST(ReadQuery, TakesAnEmptyFilterForAbsentButAnEmptyTextForText) {
  const auto result = read("channel=&contact_id=&q=");
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->channel);
  EXPECT_EQ(result->q, "");
}

TEST(ReadQuery, RefusesBrokenEscapesBadUtf8AndZeroBytesWith400) {
  for (const std::string_view query : {"q=%", "q=%4", "q=%zz", "q=%00", "q=%ff", "%00=1", "q=\xff"}) {
    ASSERT_FALSE(read(query)) << query;
    EXPECT_EQ(read(query).error().code, Errc::malformed) << query;
  }
  std::string many;
  for (int i = 0; i < 300; ++i)
    many += "a=1&";
  EXPECT_EQ(read(many).error().code, Errc::malformed);
}

TEST(ReadForm, RequiresWhatHasNoDefault) {
  Request request;
  request.body = "username=ann%40example.com&password=a%26b";
  const auto form = read_form<LoginForm>(request);
  ASSERT_TRUE(form);
  EXPECT_EQ(form->username.value, "ann@example.com");
  EXPECT_EQ(form->password, "a&b");
  request.body = "username=";
  const auto bad = read_form<LoginForm>(request);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().errors.size(), 2u);
  EXPECT_EQ(bad.error().public_detail, "username must not be empty");
  EXPECT_EQ(bad.error().errors[1].reason, "is required");
}

RC_GTEST_PROP(PercentDecode, GivesBackWhatWasEncoded, ()) {
  std::string text, encoded;
  for (const int point : *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 0xD800))) {
    if (point < 0x80) {
      text += static_cast<char>(point);
    } else if (point < 0x800) {
      text += {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
    } else {
      text += {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3F)),
               static_cast<char>(0x80 | (point & 0x3F))};
    }
  }
  for (const char c : text) {
    char escape[4];
    std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(c));
    encoded += escape;
  }
  RC_ASSERT(percent_decode(encoded, true) == text);
}

RC_GTEST_PROP(ReadQuery, NeverCrashesAndNeverLeavesTheBounds, (const std::string& text)) {
  const auto result = read(text);
  if (result)
    RC_ASSERT(result->limit >= 1 && result->limit <= 200);
}

}  // namespace
}  // namespace salesflow::http
