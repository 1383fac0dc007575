#include "platform/core/base64url.hpp"

#include <gtest/gtest.h>

namespace salesflow {
namespace {

TEST(Base64Url, FollowsTheVectorsOfRfc4648) {
  EXPECT_EQ(to_base64url(""), "");
  EXPECT_EQ(to_base64url("f"), "Zg");
  EXPECT_EQ(to_base64url("fo"), "Zm8");
  EXPECT_EQ(to_base64url("foo"), "Zm9v");
  EXPECT_EQ(to_base64url("foob"), "Zm9vYg");
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
}

TEST(Base64Url, ReadsBackWhatItWrote) {
  for (std::size_t length = 0; length < 70; ++length) {
    std::string bytes;
    for (std::size_t i = 0; i < length; ++i)
      bytes += static_cast<char>(i * 37 + length);
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
  }
}

TEST(Base64Url, RefusesASecondSpellingOfTheSameBytes) {
  EXPECT_EQ(from_base64url("Zg"), "f");
  for (const char* text : {"Zh", "Zg=", "Zg==", "Z", "Zm9v\n", "Zm 9v", "Zm9+", "Zm9/", "Zm9v.", "\xc3\xa4Zg"}) {
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace salesflow
