#include "platform/core/email_address.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace salesflow
