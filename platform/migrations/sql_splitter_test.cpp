#include "platform/migrations/sql_splitter.hpp"

#include <gtest/gtest.h>

namespace salesflow::migrations {
namespace {

std::vector<std::string> texts(std::string_view sql) {
  std::vector<std::string> found;
  for (const auto& statement : split_statements(sql)) {
    found.push_back(statement.text);
  }
  return found;
}

using Texts = std::vector<std::string>;

TEST(SqlSplitter, CutsAtSemicolonsOutsideOfQuotesAndComments) {
  EXPECT_EQ(texts("SELECT ';'; SELECT \"a;b\"; -- no; more\nSELECT 1 /* a; /* b; */ c; */ + 2;"),
            (Texts{"SELECT ';'", "SELECT \"a;b\"", "SELECT 1 /* a; /* b; */ c; */ + 2"}));
}

TEST(SqlSplitter, KeepsDollarQuotedBodiesWhole) {
  EXPECT_EQ(texts("DO $$ BEGIN x; END $$; CREATE FUNCTION f() AS $body$ a; $$ b; $$ $body$; SELECT 2"),
            (Texts{"DO $$ BEGIN x; END $$", "CREATE FUNCTION f() AS $body$ a; $$ b; $$ $body$", "SELECT 2"}));
  EXPECT_EQ(texts("SELECT $1; SELECT a$b$c; SELECT 3"), (Texts{"SELECT $1", "SELECT a$b$c", "SELECT 3"}));
}

TEST(SqlSplitter, KnowsDoubledQuotesAndBackslashesOfEscapeStrings) {
  EXPECT_EQ(texts("SELECT 'it''s;'; SELECT E'\\';'; SELECT 'a\\'; SELECT 4"),
            (Texts{"SELECT 'it''s;'", "SELECT E'\\';'", "SELECT 'a\\'", "SELECT 4"}));
}

TEST(SqlSplitter, LeavesOutWhatIsOnlyCommentAndCountsLines) {
  const auto statements = split_statements("-- a header;\n\n;\nSELECT 1;\n/* end; */\n\nSELECT\n2");
  ASSERT_EQ(statements.size(), 2u);
  EXPECT_EQ(statements[0].line, 4);
  EXPECT_EQ(statements[1].line, 7);
  EXPECT_EQ(statements[1].text, "SELECT\n2");
}

TEST(SqlSplitter, ReadsAnUnclosedQuoteToTheEnd) {
  EXPECT_EQ(texts("SELECT 'a; SELECT 1"), (Texts{"SELECT 'a; SELECT 1"}));
  EXPECT_EQ(texts("SELECT $x$ a; SELECT 1"), (Texts{"SELECT $x$ a; SELECT 1"}));
  EXPECT_EQ(texts("/* a; SELECT 1"), Texts{});
}

}  // namespace
}  // namespace salesflow::migrations
