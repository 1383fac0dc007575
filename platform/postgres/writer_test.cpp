#include "platform/postgres/writer.hpp"

#include <gtest/gtest.h>

namespace salesflow::postgres {
namespace {

using namespace std::string_literals;

TEST(Writer, WritesTheMessagesOfTheProtocol) {
  Writer writer;
  const Oid types[] = {oid::int4, oid::text};
  writer.parse("s1", "SELECT $1", types);
  EXPECT_EQ(writer.unsent(), "P\0\0\0\x1bs1\0SELECT $1\0\0\2\0\0\0\x17\0\0\0\x19"s);
  Writer bound;
  Params params;
  params.add(std::int32_t{258});
  params.add(nullptr);
  params.add(std::string_view());
  bound.bind("s1", params);
  EXPECT_EQ(bound.unsent(), "B\0\0\0\x22\0s1\0\0\1\0\1\0\3\0\0\0\4\0\0\1\2\xff\xff\xff\xff\0\0\0\0\0\1\0\1"s);
  Writer rest;
  rest.describe_statement("s1");
  rest.describe_portal();
  rest.execute();
  rest.flush();
  rest.sync();
  rest.query("COPY");
  rest.copy_data("1\n");
  rest.copy_done();
  rest.copy_fail("no");
  EXPECT_EQ(rest.unsent(),
            "D\0\0\0\10Ss1\0D\0\0\0\6P\0E\0\0\0\11\0\0\0\0\0H\0\0\0\4S\0\0\0\4Q\0\0\0\11COPY\0d\0\0\0\0061\nc\0\0\0\4"
            "f\0\0\0\7no\0"s);
}

TEST(Writer, KnowsHowFarItWasSent) {
  Writer writer;
  writer.sync();
  writer.sent(3);
  EXPECT_EQ(writer.unsent().size(), 2u);
  writer.flush();
  EXPECT_EQ(writer.written_total(), 10u);
  EXPECT_EQ(writer.sent_total(), 3u);
  writer.sent(7);
  EXPECT_TRUE(writer.unsent().empty());
  writer.sync();
  EXPECT_EQ(writer.written_total(), 15u);
  EXPECT_EQ(writer.sent_total(), 10u);
}

}  // namespace
}  // namespace salesflow::postgres
