#include "platform/text/email_address.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "platform/text/email_examples.hpp"

namespace salesflow {
namespace {

TEST(EmailAddress, IsTrimmedLoweredAndChecked) {
  EXPECT_EQ(normalize_email("Anna.Müller@example.org").error().errors.at(0).field, "email");
  EXPECT_EQ(*normalize_email(" Anna.Mueller+Tag@Ex-ample.CO.at\t"), "anna.mueller+tag@ex-ample.co.at");
  for (const std::string& bad : std::vector<std::string>{"",
                                                         "@",
                                                         "a@",
                                                         "@b.de",
                                                         "a@b",
                                                         "a b@c.de",
                                                         "a@b.de\r\nBcc: x@y.de",
                                                         "a@-b.de",
                                                         "a@b-.de",
                                                         ".a@b.de",
                                                         "a.@b.de",
                                                         "a..b@c.de",
                                                         "a@b..de",
                                                         "a@b.de.",
                                                         "a@@b.de",
                                                         "\"a\"@b.de",
                                                         "a@[127.0.0.1]",
                                                         "a,b@c.de",
                                                         "<a@b.de>",
                                                         std::string(65, 'a') + "@b.de",
                                                         "a@" + std::string(64, 'b') + ".de",
                                                         "a@" + std::string(260, 'b') + ".de",
                                                         std::string("a\0b@c.de", 8)}) {
    EXPECT_FALSE(normalize_email(bad)) << bad;
  }
}

TEST(EmailAddress, IsComparedByPunycode) {
  for (const auto& [text, key] : email_examples) {
    const auto email = parse_email(text);
    ASSERT_TRUE(email) << text;
    EXPECT_EQ(email->key, key);
  }
}

TEST(EmailAddress, IsShownAsTyped) {
  EXPECT_EQ(parse_email("\u00A0mailto:Info@B\u00FCcher.example?subject=Hallo ")->shown, "Info@B\u00FCcher.example");
  for (const char* bad : {"mailto:", "a@\xFF.org", "a?b=c@b", "http://a@x", "a@b\u00FC"})
    EXPECT_FALSE(parse_email(bad)) << bad;
}

}  // namespace
}  // namespace salesflow
