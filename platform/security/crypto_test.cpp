#include "platform/security/crypto.hpp"

#include <gtest/gtest.h>

#include <set>

#include "platform/core/ids.hpp"

namespace salesflow::security {
namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr char digits[] = "0123456789abcdef";
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[byte & 15];
  }
  return text;
}

TEST(Digests, FollowThePublishedVectors) {
  EXPECT_EQ(hex(view_of(sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, case 2
  EXPECT_EQ(hex(view_of(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(RandomToken, Has43CharactersAndNeverRepeats) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = random_token();
    EXPECT_EQ(token.size(), 43u);
    EXPECT_TRUE(seen.insert(token).second);
  }
}

TEST(Seal, OpensOnlyWithTheSameSecretAndPurpose) {
  for (const std::string& plain : {std::string(), std::string("next"), random_bytes(900)}) {
    const std::string sealed = seal("secret", "purpose", plain);
    EXPECT_EQ(sealed.size(), plain.size() + 28);
    EXPECT_EQ(unseal("secret", "purpose", sealed), plain);
    EXPECT_EQ(unseal("Secret", "purpose", sealed), std::nullopt);
    EXPECT_EQ(unseal("secret", "other", sealed), std::nullopt);
    for (std::size_t at = 0; at < sealed.size(); at += 7) {
      std::string changed = sealed;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      EXPECT_EQ(unseal("secret", "purpose", changed), std::nullopt) << at;
    }
    EXPECT_EQ(unseal("secret", "purpose", std::string_view(sealed).substr(0, 27)), std::nullopt);
  }
  EXPECT_NE(seal("secret", "purpose", "same"), seal("secret", "purpose", "same"));
}

TEST(EqualConstantTime, ComparesBytesAndLengths) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "abcd"));
}

}  // namespace
}  // namespace salesflow::security
