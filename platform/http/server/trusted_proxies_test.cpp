#include "platform/http/server/trusted_proxies.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace salesflow::http {
namespace {

std::string client_of(const TrustedProxies& proxies, std::vector<std::string_view> forwarded) {
  std::vector<Header> headers;
  for (const auto value : forwarded)
    headers.push_back({"x-forwarded-for", value});
  return proxies.client_of("10.0.0.9", headers);
}

TEST(TrustedProxies, HoldsAddressesAndNetworks) {
  const TrustedProxies proxies("127.0.0.1, 10.0.0.0/8,fd00::/8");
  for (const char* inside : {"127.0.0.1", "10.255.0.1", "fd12::1", "::ffff:10.1.2.3"})
    EXPECT_TRUE(proxies.contains(inside)) << inside;
  for (const char* outside : {"127.0.0.2", "11.0.0.1", "fe80::1", "::1", "unknown", ""})
    EXPECT_FALSE(proxies.contains(outside)) << outside;
  EXPECT_FALSE(TrustedProxies().contains("127.0.0.1"));
}

TEST(TrustedProxies, RefusesWhatIsNoNetwork) {
  for (const char* bad : {"localhost", "10.0.0.0/33", "10.0.0", "fd00::/200", "/8"})
    EXPECT_THROW(TrustedProxies{bad}, std::invalid_argument) << bad;
}

TEST(TrustedProxies, TheClientIsTheLastAddressThatIsNoProxy) {
  const TrustedProxies proxies("10.0.0.0/8");
  EXPECT_EQ(client_of(proxies, {"203.0.113.7"}), "203.0.113.7");
  EXPECT_EQ(client_of(proxies, {"203.0.113.7, 10.0.0.3"}), "203.0.113.7");
  EXPECT_EQ(client_of(proxies, {"6.6.6.6, 203.0.113.7"}), "203.0.113.7") << "what a client made up stands in front";
  EXPECT_EQ(client_of(proxies, {"6.6.6.6", "203.0.113.7, 10.0.0.3"}), "203.0.113.7");
  EXPECT_EQ(client_of(proxies, {"6.6.6.6, nonsense, 10.0.0.3"}), "10.0.0.3");
  EXPECT_EQ(client_of(proxies, {}), "10.0.0.9");
  EXPECT_EQ(client_of(proxies, {""}), "10.0.0.9");
}

}  // namespace
}  // namespace salesflow::http
