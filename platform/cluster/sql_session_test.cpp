#include "platform/cluster/sql_session.hpp"

#include <gtest/gtest.h>

#include "platform/cluster/postgres.hpp"

namespace salesflow::cluster {
namespace {

TEST(SqlQuoting, DoublesTheQuoteItUses) {
  EXPECT_EQ(quote_identifier(R"(a"b'c)"), R"("a""b'c")");
  EXPECT_EQ(quote_literal(R"(a"b'c)"), R"('a"b''c')");
}

TEST(PercentEncoding, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("/tmp/a b:@-._~9Zä"), "%2Ftmp%2Fa%20b%3A%40-._~9Z%C3%A4");
}

TEST(SqlSession, ReportsAnUnreachableServerAsUnavailable) {
  const auto session = SqlSession::connect("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2");
  ASSERT_TRUE(session.has_error());
  EXPECT_EQ(session.error().code, Errc::unavailable);
}

TEST(FreePort, GivesAPortAboveTheReservedOnes) {
  EXPECT_GT(free_port(), 1023);
}

TEST(FindProgram, NamesBootstrapForWhatIsMissing) {
  const auto found = find_program("no-such-program");
  ASSERT_TRUE(found.has_error());
  EXPECT_NE(found.error().public_detail.find("script/bootstrap"), std::string::npos);
}

}  // namespace
}  // namespace salesflow::cluster
