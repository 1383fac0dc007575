#include "platform/baseline/compare.hpp"

#include <gtest/gtest.h>

namespace salesflow::baseline {
namespace {

Baseline make(std::vector<Statement> statements) {
  Baseline baseline;
  baseline.database = {.name = "crm",
                       .version = "15.18",
                       .stats_reset = "2026-11-01",
                       .started_at = "2026-10-01",
                       .taken_at = "2026-11-30T10:00:00Z",
                       .version_num = 150018,
                       .bytes = 100,
                       .commits = 10,
                       .blocks_hit = 90,
                       .blocks_read = 10};
  baseline.has_statements = true;
  baseline.statements_reset = "2026-11-01";
  baseline.statements = std::move(statements);
  return baseline;
}

const StatementChange& find(const Comparison& comparison, const std::string& text) {
  for (const StatementChange& change : comparison.statements) {
    if (change.text == text)
      return change;
  }
  throw std::out_of_range(text);
}

// 100 calls of 10 ms until the first file; 50 more of 2 ms until the second.
TEST(BaselineCompare, AfterIsWhatWasAddedSinceTheFirstFile) {
  const auto comparison = compare(make({{.text = "SELECT 1", .calls = 100, .blocks_hit = 1000, .total_ms = 1000}}),
                                  make({{.text = "SELECT 1", .calls = 150, .blocks_hit = 1100, .total_ms = 1100}}));
  const auto& change = find(comparison, "SELECT 1");
  EXPECT_FALSE(comparison.statements_reset);
  EXPECT_EQ(change.calls_after, 50);
  EXPECT_DOUBLE_EQ(change.ms.before.value(), 10);
  EXPECT_DOUBLE_EQ(change.ms.after.value(), 2);
  EXPECT_DOUBLE_EQ(change.ms.times_better().value(), 5);
  EXPECT_DOUBLE_EQ(change.blocks.before.value(), 10);
  EXPECT_DOUBLE_EQ(change.blocks.after.value(), 2);
  EXPECT_DOUBLE_EQ(comparison.statement_ms.after.value(), 2);
}

TEST(BaselineCompare, AfterAToldResetIsAllThatTheSecondFileHas) {
  auto after = make({{.text = "SELECT 1", .calls = 150, .total_ms = 300}});
  after.statements_reset = "2026-11-29";
  const auto comparison = compare(make({{.text = "SELECT 1", .calls = 100, .total_ms = 1000}}), after);
  EXPECT_TRUE(comparison.statements_reset);
  EXPECT_EQ(find(comparison, "SELECT 1").calls_after, 150);
  EXPECT_DOUBLE_EQ(find(comparison, "SELECT 1").ms.after.value(), 2);
  EXPECT_NE(to_text(comparison).find("Statements were reset between both"), std::string::npos);
}

// PostgreSQL 13 does not tell when statements were reset.
TEST(BaselineCompare, AResetIsSeenWhereMostCountersFell) {
  auto before = make({{.text = "a", .calls = 100, .total_ms = 1}, {.text = "b", .calls = 100, .total_ms = 1}});
  auto after = make({{.text = "a", .calls = 3, .total_ms = 1}, {.text = "b", .calls = 5, .total_ms = 1}});
  before.statements_reset = after.statements_reset = "";
  const auto comparison = compare(before, after);
  EXPECT_TRUE(comparison.statements_reset);
  EXPECT_EQ(find(comparison, "a").calls_after, 3);
}

TEST(BaselineCompare, AStatementThatWasThrownOutIsCountedAnewAlone) {
  const auto comparison = compare(make({{.text = "a", .calls = 100, .total_ms = 100},
                                        {.text = "b", .calls = 100, .total_ms = 100},
                                        {.text = "c", .calls = 100, .total_ms = 100}}),
                                  make({{.text = "a", .calls = 4, .total_ms = 8},
                                        {.text = "b", .calls = 110, .total_ms = 130},
                                        {.text = "c", .calls = 100, .total_ms = 100}}));
  EXPECT_FALSE(comparison.statements_reset);
  EXPECT_TRUE(find(comparison, "a").restarted);
  EXPECT_DOUBLE_EQ(find(comparison, "a").ms.after.value(), 2);
  EXPECT_FALSE(find(comparison, "b").restarted);
  EXPECT_DOUBLE_EQ(find(comparison, "b").ms.after.value(), 3);
  // Not called since: there is no mean, not one of zero.
  EXPECT_FALSE(find(comparison, "c").ms.after.has_value());
  EXPECT_FALSE(find(comparison, "c").ms.times_better().has_value());
}

TEST(BaselineCompare, NewAndGoneStatementsAreNamedAndNoPartOfTheMean) {
  const auto comparison =
      compare(make({{.text = "old", .calls = 10, .total_ms = 1000}, {.text = "both", .calls = 10, .total_ms = 40}}),
              make({{.text = "new", .calls = 10, .total_ms = 5}, {.text = "both", .calls = 20, .total_ms = 60}}));
  EXPECT_EQ(find(comparison, "old").presence, Presence::gone);
  EXPECT_EQ(find(comparison, "old").calls_after, 0);
  EXPECT_EQ(find(comparison, "new").presence, Presence::added);
  EXPECT_EQ(find(comparison, "new").calls_after, 10);
  EXPECT_FALSE(find(comparison, "new").ms.before.has_value());
  EXPECT_DOUBLE_EQ(comparison.statement_ms.before.value(), 4);
  EXPECT_DOUBLE_EQ(comparison.statement_ms.after.value(), 2);
}

TEST(BaselineCompare, TablesCountSinceTheFirstFileOrSinceTheirReset) {
  auto before = make({}), after = make({});
  before.tables = {{.name = "public.leads", .bytes = 100, .seq_scans = 10, .seq_rows = 1000, .index_scans = 5}};
  after.tables = {{.name = "public.leads", .bytes = 120, .seq_scans = 12, .seq_rows = 1010, .index_scans = 25}};
  after.database.blocks_hit = 190;  // 100 more, all found
  auto comparison = compare(before, after);
  EXPECT_EQ(comparison.tables.at(0).seq_scans_after, 2);
  EXPECT_DOUBLE_EQ(comparison.tables.at(0).seq_rows.before.value(), 100);
  EXPECT_DOUBLE_EQ(comparison.tables.at(0).seq_rows.after.value(), 5);
  EXPECT_DOUBLE_EQ(comparison.cache_hit_percent.before.value(), 90);
  EXPECT_DOUBLE_EQ(comparison.cache_hit_percent.after.value(), 100);
  after.database.stats_reset = "2026-11-29";
  comparison = compare(before, after);
  EXPECT_TRUE(comparison.tables_reset);
  EXPECT_EQ(comparison.tables.at(0).seq_scans_after, 12);
  EXPECT_DOUBLE_EQ(comparison.cache_hit_percent.after.value(), 95);
}

TEST(BaselineCompare, NewIndexesStandFirstAndSettingsThatDifferAreListed) {
  auto before = make({}), after = make({});
  before.indexes = {{.name = "public.a", .bytes = 500, .scans = 7}};
  after.indexes = {{.name = "public.a", .bytes = 600, .scans = 9}, {.name = "public.b", .bytes = 10, .scans = 3}};
  before.settings = {{"jit", "on"}, {"work_mem", "4096 kB"}};
  after.settings = {{"jit", "off"}, {"work_mem", "4096 kB"}, {"wal_level", "logical"}};
  const auto comparison = compare(before, after);
  EXPECT_EQ(comparison.indexes.at(0).name, "public.b");
  EXPECT_EQ(comparison.indexes.at(0).presence, Presence::added);
  EXPECT_EQ(comparison.indexes.at(1).scans_after, 2);
  ASSERT_EQ(comparison.settings.size(), 2U);
  EXPECT_EQ(comparison.settings.at(0).name, "jit");
  EXPECT_FALSE(comparison.settings.at(1).before.has_value());
}

TEST(BaselineCompare, WhatWasNotSeenIsSaidAndTextIsEscaped) {
  auto before = make({{.text = "SELECT '<script>'", .calls = 1, .total_ms = 1}});
  before.missing = {"statements: pg_stat_statements is not there"};
  const auto html = to_html(compare(before, make({{.text = "SELECT '<script>'", .calls = 2, .total_ms = 2}})));
  EXPECT_NE(html.find("Not seen before: statements: pg_stat_statements is not there"), std::string::npos);
  EXPECT_EQ(html.find("<script>"), std::string::npos);
  EXPECT_EQ(html.find("http"), std::string::npos) << "nothing from elsewhere";
}

TEST(BaselineFile, ComesBackAsItWas) {
  auto baseline = make({{.text = "SELECT\n'ä'",
                         .calls = 3,
                         .rows = 4,
                         .blocks_hit = 5,
                         .blocks_read = 6,
                         .temp_blocks = 7,
                         .total_ms = 8.5,
                         .max_ms = 9}});
  baseline.tables = {{.name = "public.leads", .rows = 1, .bytes = 2, .seq_scans = 3, .bloat_bytes = 4},
                     {.name = "public.deals"}};
  baseline.indexes = {{.name = "public.i", .table = "public.leads", .bytes = 9, .is_valid = false}};
  baseline.settings = {{"jit", "off"}};
  baseline.missing = {"nothing"};
  const auto back = from_json(to_json(baseline));
  ASSERT_TRUE(back) << back.error().public_detail;
  EXPECT_EQ(to_json(*back), to_json(baseline));
  EXPECT_EQ(back->tables.at(0).bloat_bytes, 4);
  EXPECT_FALSE(back->tables.at(1).bloat_bytes.has_value());
  EXPECT_FALSE(back->indexes.at(0).is_valid);
  EXPECT_FALSE(from_json("{}"));
  EXPECT_FALSE(from_json("[1"));
  EXPECT_FALSE(from_json(R"({"kind": "salesflow baseline", "form": 2})"));
}

}  // namespace
}  // namespace salesflow::baseline
