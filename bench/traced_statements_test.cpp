#include "bench/traced_statements.hpp"

#include <gtest/gtest.h>

namespace salesflow::bench {
namespace {

TEST(TracedStatements, AreReadFromTheLogWithTheirArguments) {
  const auto statements = parse_statement_log(
      R"({"user":"salesflow_app","dbname":"crm","message":"duration: 0.011 ms  bind s1: SELECT $1","detail":"parameters: $1 = '7'"}
{"user":"salesflow_app","dbname":"crm","message":"duration: 0.045 ms  execute s1: SELECT $1, $2: x","detail":"parameters: $1 = 'it''s $2 = x', $2 = NULL, $3 = ''"}
{"user":"salesflow_worker","dbname":"crm","message":"duration: 1 ms  execute s1: DELETE"}
{"user":"salesflow_app","dbname":"other","message":"duration: 1 ms  execute s1: DELETE"}
{"message":"checkpoint starting"}
{"user":"salesflow_app","dbname":"crm","message":"duration: 1 ms  exec)",
      "salesflow_app", "crm");
  ASSERT_EQ(statements.size(), 1u);
  EXPECT_EQ(statements[0].text, "SELECT $1, $2: x");
  ASSERT_EQ(statements[0].arguments.size(), 3u);
  EXPECT_EQ(statements[0].arguments[0], "it's $2 = x");
  EXPECT_EQ(statements[0].arguments[1], std::nullopt);
  EXPECT_EQ(statements[0].arguments[2], "");
  EXPECT_THROW(parse_statement_log("LOG: x\n", "a", "b"), std::runtime_error);
}

TEST(TracedStatements, BecomeAPgbenchPipeline) {
  std::vector<std::string> variables;
  EXPECT_EQ(to_pgbench({{"SELECT $2, $1, $3", {"a b", std::nullopt, ""}}}, "v", variables),
            "\\startpipeline\nSELECT NULL, :v_0_1, '';\n\\endpipeline\n");
  EXPECT_EQ(variables, std::vector<std::string>{"v_0_1=a b"});
  EXPECT_EQ(to_pgbench({{"SELECT 'x' ~ '[[:alnum:]]{3}', 1::int", {}}}, "v", variables),
            "\\startpipeline\nSELECT 'x' ~ E'[[\\x3aalnum:]]{3}', 1::int;\n\\endpipeline\n");
}

}  // namespace
}  // namespace salesflow::bench
