#include "features/webhooks/signature.hpp"

#include <gtest/gtest.h>

namespace salesflow::webhooks {
namespace {

// Made with: printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'whsec_test'
constexpr std::string_view secret = "whsec_test", timestamp = "1700000000", body = R"({"a":1})";
const std::string signature = "v1=38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789";

TEST(WebhookSignature, IsTheHmacOverTimestampDotBody) {
  EXPECT_EQ(sign(secret, timestamp, body), signature);
  EXPECT_TRUE(is_signed_by(secret, timestamp, body, signature));
}

TEST(WebhookSignature, AnythingElseIsNot) {
  EXPECT_FALSE(is_signed_by("whsec_other", timestamp, body, signature));
  EXPECT_FALSE(is_signed_by(secret, "1700000001", body, signature));
  EXPECT_FALSE(is_signed_by(secret, timestamp, R"({"a":2})", signature));
  EXPECT_FALSE(is_signed_by(secret, timestamp, "", ""));
  // The dot does not move: "1." + "2.3" is not "1.2" + ".3".
  EXPECT_NE(sign(secret, "1", "2.3"), sign(secret, "12", ".3"));
  for (std::size_t i = 3; i < signature.size(); ++i) {
    std::string changed = signature;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(is_signed_by(secret, timestamp, body, changed));
  }
  for (const std::string& broken :
       {signature.substr(3), signature.substr(0, 66), signature + "0", "v2" + signature.substr(2), std::string("v1="),
        "V1" + signature.substr(2), std::string(",,,"), std::string(1000, ',')})
    EXPECT_FALSE(is_signed_by(secret, timestamp, body, broken)) << broken;
}

TEST(WebhookSignature, SeveralMayStandSideBySide) {
  const std::string old = sign("whsec_old", timestamp, body);
  EXPECT_TRUE(is_signed_by(secret, timestamp, body, old + ", " + signature));
  EXPECT_TRUE(is_signed_by("whsec_old", timestamp, body, old + "," + signature));
  EXPECT_TRUE(is_signed_by(secret, timestamp, body, "v0=x,\tv2=y ," + signature + " "));
  // But not so many that checking them becomes work.
  std::string many;
  for (int i = 0; i < 10; ++i)
    many += old + ",";
  EXPECT_FALSE(is_signed_by(secret, timestamp, body, many + signature));
}

TEST(WebhookSignature, TimestampsAreWholeSecondsInDecimal) {
  EXPECT_EQ(read_timestamp("1700000000"), TimePoint(std::chrono::seconds(1700000000)));
  for (const char* text :
       {"", "-1", "+1", " 1", "1 ", "1.5", "1e9", "0x10", "1700000000000", "now", "99999999999999999999"})
    EXPECT_FALSE(read_timestamp(text)) << text;
}

TEST(WebhookSignature, OneDeliveryHasOneDigestWhoeverSignedIt) {
  EXPECT_EQ(digest_of("email", timestamp, body), digest_of("email", timestamp, body));
  EXPECT_NE(digest_of("email", timestamp, body), digest_of("whatsapp", timestamp, body));
  EXPECT_NE(digest_of("email", timestamp, body), digest_of("email", "1700000001", body));
}

}  // namespace
}  // namespace salesflow::webhooks
