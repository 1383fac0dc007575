#include "platform/text/email_address.hpp"

#include <gtest/gtest.h>

#include <vector>

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

TEST(EmailAddress, IsShownAsTypedAndComparedByPunycode) {
  const auto email = parse_email("\xC2\xA0mailto:Info@B\u00FCcher.example?subject=Hallo ");
  ASSERT_TRUE(email);
  EXPECT_EQ(email->shown, "Info@B\u00FCcher.example");
  EXPECT_EQ(email->key, "info@xn--bcher-kva.example");
  EXPECT_EQ(*normalize_email("info@Bu\u0308cher.example"), email->key);  // decomposed
  EXPECT_EQ(*normalize_email("info@XN--BCHER-KVA.example"), email->key);
  EXPECT_EQ(*normalize_email("a@stra\u00DFe.example"), "a@xn--strae-oqa.example");
  EXPECT_EQ(*normalize_email("MAILTO: a@x.org"), "a@x.org");
  EXPECT_FALSE(normalize_email("mailto:"));
  EXPECT_FALSE(normalize_email("a@\xFF.org"));
  EXPECT_FALSE(normalize_email("a?b=c@b"));
  EXPECT_FALSE(normalize_email("http://a@x"));
}

}  // namespace
}  // namespace salesflow
