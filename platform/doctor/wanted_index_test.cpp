// What is read from the text of a statement, as pg_stat_statements keeps it.
#include "platform/doctor/wanted_index.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace salesflow::doctor {
namespace {

/// "SCHEMA.TABLE: equals / ranges / sorts DESC limit", one a line.
std::string wanted(std::string_view statement) {
  std::string text;
  for (const WantedIndex& one : wanted_indexes(statement)) {
    text += fmt::format("{}{}:", one.schema.empty() ? "" : one.schema + ".", one.table);
    for (const auto& column : one.equals)
      text += " " + column;
    text += " /";
    for (const auto& column : one.ranges)
      text += " " + column;
    text += " /";
    for (const auto& key : one.sorts)
      text += " " + key.column + (key.descending ? " DESC" : "") + (key.nulls_first != key.descending ? "!" : "");
    text += one.is_limited ? " limit\n" : "\n";
  }
  return text;
}

TEST(WantedIndex, HasTenantFiltersSortAndLimit) {
  EXPECT_EQ(
      wanted(
          "SELECT id, name FROM leads WHERE user_id = $1 AND status = $2 ORDER BY created_at DESC, id DESC LIMIT $3"),
      "LEADS: USER_ID STATUS / / CREATED_AT DESC ID DESC limit\n");
  EXPECT_EQ(wanted("select * from public.\"leads\" l where l.user_id = $1 and l.score >= $2"),
            "PUBLIC.LEADS: USER_ID / SCORE /\n");
  EXPECT_EQ(
      wanted("SELECT * FROM t WHERE a = ANY ($1) AND b IN ($2, $3) AND c BETWEEN $4 AND $5 AND d IS NULL AND e <> $6"),
      "T: D / A B C /\n");
  EXPECT_EQ(wanted("SELECT * FROM t WHERE a = $1 ORDER BY b DESC NULLS LAST LIMIT $2"), "T: A / / B DESC! limit\n");
  EXPECT_EQ(wanted("UPDATE t SET x = $1 WHERE a = $2"), "T: A / /\n");
  EXPECT_EQ(wanted("DELETE FROM t WHERE a = $1 AND (b < $2)"), "T: A / B /\n");
}

TEST(WantedIndex, OfEachTableOfAJoinWithItsOwnConditions) {
  EXPECT_EQ(wanted("SELECT d.id FROM deals AS d LEFT JOIN contacts AS c ON c.id = d.contact_id AND c.org_id = $2 WHERE "
                   "d.org_id = $1 "
                   "ORDER BY d.created_at LIMIT $3"),
            "DEALS: CONTACT_ID ORG_ID / / CREATED_AT limit\nCONTACTS: ID ORG_ID / / limit\n");
  EXPECT_EQ(wanted("SELECT 1 FROM a, b WHERE a.x = b.y AND a.z = $1"), "A: X Z / /\nB: Y / /\n");
  EXPECT_EQ(wanted("SELECT * FROM t JOIN (SELECT id FROM u) AS s ON s.id = t.id WHERE x = $1"), "T: ID / /\n")
      << "x may be of either";
}

TEST(WantedIndex, LeavesOutWhatItDoesNotUnderstand) {
  EXPECT_EQ(wanted("SELECT * FROM t WHERE a = $1 OR b = $2"), "");
  EXPECT_EQ(wanted("SELECT * FROM t WHERE lower(a) = $1"), "");
  EXPECT_EQ(wanted("SELECT * FROM t WHERE a = b"), "");
  EXPECT_EQ(wanted("SELECT a FROM t WHERE a = $1 UNION ALL SELECT a FROM u WHERE b = $2"), "");
  EXPECT_EQ(wanted("SELECT count(*) FROM t WHERE a = $1 GROUP BY b ORDER BY b"), "T: A / /\n") << "groups are sorted";
  EXPECT_EQ(wanted("SELECT * FROM t WHERE a = $1 ORDER BY lower(b) LIMIT $2"), "T: A / / limit\n");
  EXPECT_EQ(wanted("SELECT * FROM generate_series($1, $2) AS g WHERE g = $3"), "");
  EXPECT_EQ(wanted("SELECT * FROM t WHERE NOT EXISTS (SELECT FROM u WHERE u.a = t.a) AND b = $1"), "T: B / /\n");
  for (const char* broken :
       {"", ";", "SELECT", "SELECT FROM", "SELECT * FROM t WHERE", "SELECT * FROM t WHERE (", "DELETE FROM", "UPDATE",
        "SELECT * FROM t ORDER", "SELECT * FROM ( WHERE a = 1", "SELECT * FROM t WHERE a = $1 ORDER BY"})
    EXPECT_LE(wanted_indexes(broken).size(), 1U) << broken;
}

TEST(NormalizedStatement, IsTheSameWithAndWithoutConstants) {
  const auto same = normalized("-- who\nSELECT a FROM t WHERE b = 'pending' AND c IS NULL AND d > -5 LIMIT 50");
  EXPECT_EQ(same, normalized("SELECT a\n  FROM t WHERE b = $1 AND c IS NULL AND d > $2 LIMIT $3"));
  EXPECT_NE(same, normalized("SELECT a FROM t WHERE b = $1 AND c IS NULL AND e > $2 LIMIT $3"));
}

}  // namespace
}  // namespace salesflow::doctor
