#include "platform/http/toolkit/clean_texts.hpp"

#include <gtest/gtest.h>

#include "platform/http/toolkit/read_body.hpp"

namespace salesflow::http {
namespace {

struct Inner {
  Text<1, 50> label;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (label))
struct Base {
  Text<1, 200> name;
};
BOOST_DESCRIBE_STRUCT(Base, (), (name))
struct Body : Base {
  std::optional<Text<0, 200>> company;
  Patch<Text<1, 200>> title;
  std::vector<Text<1, 100>> tags;
  std::optional<Text<8, 1024>> password;
  std::optional<Text<1, 100'000>> content;
  std::optional<Text<0, 10'000>> notes;
  std::vector<Inner> inner;
};
BOOST_DESCRIBE_STRUCT(Body, (Base), (company, title, tags, password, content, notes, inner))

Result<Body> read(const std::string& body) {
  Request request;
  request.body = body;
  return read_body<Body>(request);
}

TEST(CleanTexts, ShortTextsLoseWhatIsNotSeenAtTheirEnds) {
  const auto body = read(
      "{\"name\":\" \xC2\xA0"
      "Eva  R\xE2\x80\x8B\\n\",\"company\":\"\\t ACME \",\"title\":\" Deal\xEF\xBB\xBF\",\"tags\":[\" a \"],"
      "\"password\":\"  secret  \",\"content\":\" hello \",\"notes\":\" kept \",\"inner\":[{\"label\":\" x\"}]}");
  ASSERT_TRUE(body) << body.error().public_detail;
  EXPECT_EQ(body->name.value, "Eva  R");
  EXPECT_EQ(body->company->value, "ACME");
  EXPECT_EQ(body->title.value->value, "Deal");
  EXPECT_EQ(body->tags[0].value, "a");
  EXPECT_EQ(body->inner[0].label.value, "x");
  EXPECT_EQ(body->password->value, "  secret  ");
  EXPECT_EQ(body->content->value, " hello ");
  EXPECT_EQ(body->notes->value, " kept ");
}

TEST(CleanTexts, WhatMustNotBeEmptyMustNotBeBlankAndIsNamed) {
  for (const char* blank : {" ", "\xC2\xA0", "\xE2\x80\x8B", "\\t\\n", " \xE2\x81\xA0\xEF\xBB\xBF ", "\xE3\x85\xA4"}) {
    const std::string name = std::string("{\"name\":\"") + blank + "\"}";
    const auto refused = read(name);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_EQ(refused.error().public_detail, "name must not be blank");
    const auto emptied = read(std::string("{\"name\":\"x\",\"company\":\"") + blank + "\"}");
    ASSERT_TRUE(emptied);
    EXPECT_EQ(emptied->company->value, "") << "what may be empty is";
  }
  const auto all = read(R"({"name":"x","title":" ","tags":["a","  "],"inner":[{"label":"x"},{"label":"\t"}]})");
  ASSERT_FALSE(all);
  std::string fields;
  for (const FieldError& error : all.error().errors)
    fields += error.field + " ";
  EXPECT_EQ(fields, "title tags[1] inner[1].label ");
}

}  // namespace
}  // namespace salesflow::http
