#include "features/approvals/deep_link.hpp"

#include <gtest/gtest.h>

namespace salesflow::approvals {
namespace {

const Addresses eva{.phone = "+43 (0)664 123 45 67",
                    .whatsapp = "",
                    .email = "eva+crm@example.com",
                    .instagram = "https://www.instagram.com/eva.s/?hl=de",
                    .facebook = "facebook.com/eva.s",
                    .linkedin = "https://www.linkedin.com/in/eva"};

TEST(DeepLink, OpensEachChannelWithTheMessage) {
  const std::string text =
      "Hallo Eva & Co, 100%?\nGr\xC3\xBC\xC3\x9F"
      "e";
  const std::string encoded = "Hallo%20Eva%20%26%20Co%2C%20100%25%3F%0AGr%C3%BC%C3%9Fe";
  EXPECT_EQ(deep_link("whatsapp", eva, text), "https://wa.me/436641234567?text=" + encoded);
  EXPECT_EQ(deep_link("WHATSAPP", eva, text), deep_link("whatsapp", eva, text));
  EXPECT_EQ(deep_link("email", eva, text), "mailto:eva%2Bcrm@example.com?body=" + encoded);
  EXPECT_EQ(deep_link("sms", eva, text), "sms:+436641234567?body=" + encoded);
  EXPECT_EQ(deep_link("phone", eva, text), "tel:+436641234567");
  EXPECT_EQ(deep_link("instagram", eva, text), "https://ig.me/m/eva.s");
  EXPECT_EQ(deep_link("facebook", eva, text), "https://m.me/eva.s");
  EXPECT_EQ(deep_link("fax", eva, text), std::nullopt);
}

TEST(DeepLink, TakesNumbersWithTheirCountryOnly) {
  const auto link = [](std::string_view number) { return deep_link("whatsapp", {.whatsapp = number}, "x"); };
  EXPECT_EQ(link("0043 664 1234567"), "https://wa.me/436641234567?text=x");
  EXPECT_EQ(link("43-664-1234567"), "https://wa.me/436641234567?text=x");
  for (const char* number : {"", "0664 1234567", "12", "+43 664 CALLME", "+1234567890123456", "javascript:1234567"})
    EXPECT_EQ(link(number), std::nullopt) << number;
  EXPECT_EQ(deep_link("phone", {.phone = "0664 1234567"}, ""), "tel:06641234567");
}

TEST(DeepLink, NothingLeavesTheChannelsOwnHost) {
  const auto instagram = [](std::string_view handle) { return deep_link("instagram", {.instagram = handle}, ""); };
  EXPECT_EQ(instagram("@eva_s"), "https://ig.me/m/eva_s");
  EXPECT_EQ(instagram("https://ig.me/m/eva"), "https://ig.me/m/eva");
  for (const char* handle :
       {"", "@", "https://evil.example/eva", "javascript:alert(1)", "//evil.example", "eva?next=x y",
        "https://instagram.com.evil.example/eva", "eva%2f..", "https://instagram.com/"}) {
    const auto link = instagram(handle);
    EXPECT_TRUE(!link || *link == "https://ig.me/m/eva") << handle << " gives " << *link;
  }
  for (const char* address : {"", "eva", "@example.com", "eva@", "eva@x.com, ben@x.com", "<eva@x.com>"})
    EXPECT_EQ(deep_link("email", {.email = address}, "x"), std::nullopt) << address;
  EXPECT_EQ(deep_link("email", {.email = "a?cc=b@x.com"}, "x"), "mailto:a%3Fcc%3Db@x.com?body=x");
}

TEST(DeepLink, LinkedInPagesAndNames) {
  EXPECT_EQ(deep_link("linkedin", {.linkedin = "https://www.linkedin.com/in/eva-s/"}, ""),
            "https://www.linkedin.com/in/eva-s");
  EXPECT_EQ(deep_link("linkedin", {.linkedin = "eva-s"}, ""), "https://www.linkedin.com/in/eva-s");
}

}  // namespace
}  // namespace salesflow::approvals
