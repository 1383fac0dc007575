#include "cmake/tools/sql_file.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace salesflow::sql_file {
namespace {

const char* const list_sql = R"(-- Lists a user's events, newest first.
-- params:   $1 user_id uuid | $2 status text | $3 channel text | $4 limit_rows int4
-- variants: status: AND autopilot_status = $2
-- variants: channel: AND channel = $3
-- choices:  sort=newest: ORDER BY created_at DESC
-- choices:  sort=oldest: ORDER BY created_at
-- rows:     id uuid
-- index:    idx_a
-- mode:     read
-- place:    user
-- reads:    message_events
-- timeout:  200 ms
-- budget:   8 + 1 * rows
SELECT id FROM message_events WHERE user_id = $1 /*status*/ /*channel*/ /*sort*/ LIMIT $4;
)";

std::string without(std::string text, const std::string& part) {
  return text.erase(text.find(part), part.size());
}

TEST(SqlFile, ExpandsEveryCombinationAndRenumbersParametersWithoutGaps) {
  const File file = parse("features/events/sql/list_events.sql", list_sql);
  EXPECT_EQ(file.name, "list_events");
  const auto statements = expand(file);
  ASSERT_EQ(statements.size(), 8u);
  EXPECT_EQ(statements[2].variant, "sort=newest+channel");
  EXPECT_NE(statements[2].text.find("channel = $2"), std::string::npos) << statements[2].text;
  EXPECT_NE(statements[2].text.find("LIMIT $3"), std::string::npos);
  EXPECT_EQ(statements[2].arguments, (std::vector<std::uint8_t>{0, 2, 3}));
  EXPECT_EQ(statements[7].variant, "sort=oldest+status+channel");
}

TEST(SqlFile, RefusesAHeaderThatLacksAKeyOrASentence) {
  EXPECT_THROW(parse("a/sql/x.sql", without(list_sql, "-- index:    idx_a\n")), std::runtime_error);
  EXPECT_THROW(parse("a/sql/x.sql", without(list_sql, "-- place:    user\n")), std::runtime_error);
  EXPECT_THROW(parse("a/sql/x.sql", without(list_sql, "-- budget:   8 + 1 * rows\n")), std::runtime_error);
  EXPECT_THROW(parse("a/sql/x.sql", without(list_sql, "-- Lists a user's events, newest first.\n")),
               std::runtime_error);
}

TEST(SqlFile, RefusesPlaceholdersFragmentsAndParametersThatDoNotMeet) {
  EXPECT_THROW(expand(parse("x.sql", without(list_sql, " /*channel*/"))), std::runtime_error);
  EXPECT_THROW(expand(parse("x.sql", without(list_sql, "-- variants: channel: AND channel = $3\n"))),
               std::runtime_error);
  EXPECT_THROW(expand(parse("x.sql", without(list_sql, " LIMIT $4"))), std::runtime_error);
}

TEST(SqlFile, RefusesTwoStatementsAndUnknownTypes) {
  EXPECT_THROW(parse("x.sql", std::string(list_sql) + "SELECT 2;"), std::runtime_error);
  std::string text = list_sql;
  text.replace(text.find("$1 user_id uuid"), 15, "$1 user_id uuud");
  EXPECT_THROW(parse("x.sql", text), std::runtime_error);
}

TEST(SqlFile, BudgetsAndSortsFollowTheFragmentsOfAStatement) {
  std::string text = list_sql;
  text.replace(
      text.find("-- budget:"), 0,
      "-- budgets:  channel: 25 + 1 * rows\n-- budgets:  sort=oldest+channel: 40\n-- budgets:  2+ filters: 60\n"
      "-- sorts:    2+ filters: few rows are left\n-- hotspot:  Q1\n");
  const File file = parse("features/events/sql/list_events.sql", text);
  EXPECT_EQ(file.hotspot, "Q1");
  std::vector<std::string> budgets, sorts;
  for (const auto& statement : expand(file)) {
    budgets.push_back(statement.budget);
    sorts.push_back(statement.sorts);
  }
  const std::string plain = "8 + 1 * rows", channel = "25 + 1 * rows", few = "few rows are left";
  EXPECT_EQ(budgets, (std::vector<std::string>{plain, plain, channel, "60", plain, plain, "40", "60"}));
  EXPECT_EQ(sorts, (std::vector<std::string>{"", "", "", few, "", "", "", few}));
}

std::string with(std::string text, const std::string& part, const std::string& other) {
  return text.replace(text.find(part), part.size(), other);
}

TEST(SqlFile, AReadThatFollowsTheClockSaysSo) {
  const std::string clock = with(list_sql, "user_id = $1 ", "user_id = $1 AND due_at < now() ");
  EXPECT_THROW(expand(parse("x.sql", clock)), std::runtime_error);
  for (const char* word : {"CURRENT_DATE", "clock_timestamp()", "Now ( )", "localtimestamp"})
    EXPECT_THROW(expand(parse("x.sql", with(clock, "now()", word))), std::runtime_error) << word;
  EXPECT_NO_THROW(expand(parse("x.sql", with(clock, "now()", "known_now AND current_dates"))));
  for (const char* said : {"bounded", "valid_until"}) {
    const auto header = std::string("-- clock:    ") + said + "\n-- timeout:";
    for (const auto& statement : expand(parse("x.sql", with(clock, "-- timeout:", header))))
      EXPECT_EQ(statement.clock, said);
  }
  const auto none = with(clock, "-- timeout:", "-- clock:    none: it is of no consequence\n-- timeout:");
  EXPECT_EQ(expand(parse("x.sql", none)).front().clock, "");
  EXPECT_THROW(parse("x.sql", with(clock, "-- timeout:", "-- clock:    none: so\n-- timeout:")), std::runtime_error);
  EXPECT_THROW(parse("x.sql", with(clock, "-- timeout:", "-- clock:    often\n-- timeout:")), std::runtime_error);
  EXPECT_NO_THROW(expand(parse("x.sql", with(with(clock, "mode:     read", "mode:     write"), "reads:", "writes:"))))
      << "nobody keeps what a write answers";
}

TEST(SqlFile, AParameterThatIsATimeMayComeOfTheClock) {
  const std::string since = with(with(list_sql, "$2 status text", "$2 since timestamptz"), "status = $2", "at > $2");
  EXPECT_THROW(expand(parse("x.sql", since)), std::runtime_error);
  EXPECT_NO_THROW(expand(parse("x.sql", with(since, "since", "cursor_at"))));
  // Only the statements that are sent it follow the clock.
  const auto statements = expand(parse("x.sql", with(since, "-- timeout:", "-- clock:    bounded\n-- timeout:")));
  EXPECT_EQ(statements[0].clock, "");
  EXPECT_EQ(statements[1].clock, "bounded") << statements[1].variant;
  // Where no statement shows it, a function does it.
  for (const auto& statement :
       expand(parse("x.sql", with(list_sql, "-- timeout:", "-- clock:    bounded\n-- timeout:"))))
    EXPECT_EQ(statement.clock, "bounded");
}

TEST(SqlFile, RefusesABudgetForNoStatementAndAnExemptionWithoutReason) {
  std::string text = list_sql;
  EXPECT_THROW(expand(parse("x.sql", "-- budgets:  colour: 9\n" + text)), std::runtime_error);
  EXPECT_THROW(parse("x.sql", "-- plan:     none\n" + text), std::runtime_error);
  EXPECT_THROW(parse("x.sql", "-- plan:     none, because\n" + text), std::runtime_error);
  EXPECT_EQ(parse("x.sql", "-- plan:     none, because it is a command\n" + text).unplanned,
            "none, because it is a command");
}

const char* const scoped_sql = R"(-- Counts messages by day.
-- params:   $1 tenant uuid
-- choices:  scope=user: user_id
-- choices:  scope=organization: org_id
-- words:    scope=user: days user_days | rows message_events
-- words:    scope=organization: days org_days | rows our_message_rows
-- rows:     count int8
-- index:    user_days_key
-- indexes:  scope=organization: org_days_key
-- mode:     read
-- place:    mixed
-- reads:    message_events
-- timeout:  200 ms
-- budget:   8
SELECT count FROM /*days*/ AS d WHERE d./*scope*/ = $1 UNION ALL SELECT 1 FROM /*rows*/ AS r WHERE r./*scope*/ = $1;
)";

TEST(SqlFile, AChoiceBringsItsWordsAndItsIndexes) {
  const auto statements = expand(parse("x.sql", scoped_sql));
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(statements[0].text,
            "SELECT count FROM user_days AS d WHERE d.user_id = $1 UNION ALL SELECT 1 FROM message_events AS r WHERE "
            "r.user_id = $1");
  EXPECT_EQ(statements[1].text,
            "SELECT count FROM org_days AS d WHERE d.org_id = $1 UNION ALL SELECT 1 FROM our_message_rows AS r WHERE "
            "r.org_id = $1");
  EXPECT_EQ(statements[0].index, "user_days_key");
  EXPECT_EQ(statements[1].index, "org_days_key");
  const auto header = to_header("room", {parse("x.sql", scoped_sql)});
  EXPECT_NE(header.find("\"org_days_key\""), std::string::npos);
}

TEST(SqlFile, RefusesWordsThatDoNotMeet) {
  EXPECT_THROW(expand(parse("x.sql", without(scoped_sql, " | rows message_events"))), std::runtime_error) << "no text";
  EXPECT_THROW(
      expand(parse("x.sql", without(scoped_sql, " UNION ALL SELECT 1 FROM /*rows*/ AS r WHERE r./*scope*/ = $1"))),
      std::runtime_error)
      << "no placeholder";
  EXPECT_THROW(parse("x.sql", "-- words:    scope=all: days all_days\n" + std::string(scoped_sql)), std::runtime_error);
  EXPECT_THROW(expand(parse("x.sql", "-- indexes:  scope=all: all_days_key\n" + std::string(scoped_sql))),
               std::runtime_error);
}

}  // namespace
}  // namespace salesflow::sql_file
