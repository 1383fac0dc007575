// Board, forecast, summary and breakdowns of deals against what SQL says of the rows.
#include <algorithm>
#include <set>

#include "features/deals/json.hpp"
#include "platform/json/write.hpp"
#include "tests/support/deals_rig.hpp"

namespace salesflow::deals {
namespace {

class DealFigures : public DealsRig {};

TEST_F(DealFigures, TheBoardAgreesWithTheListAfterAnyWrites) {
  for (int round = 0; round < 6; ++round) {
    database_.run(
        "UPDATE deals SET stage = (ARRAY['new', 'qualified', 'meeting', 'proposal', 'negotiation', 'won', 'lost'])[1 + "
        "abs(hashtext(id::text || $1)) % 7], value = abs(hashtext($1 || id::text)) % 100000 / 100.0 WHERE "
        "abs(hashtext(id::text || $1)) % 3 = 0",
        {std::to_string(round)});
    const auto board = run_task(context_, deals_.read_board(request_, "default", {}));
    ASSERT_TRUE(board) << board.error().log_detail;
    const auto answer = to_answer(request_, *board, "default", {});
    const auto& stages = answer.stages;
    std::size_t cards = 0;
    for (const auto& [stage, list_of] : {std::pair{Stage::new_, &stages.new_},
                                         {Stage::qualified, &stages.qualified},
                                         {Stage::meeting, &stages.meeting},
                                         {Stage::proposal, &stages.proposal},
                                         {Stage::negotiation, &stages.negotiation}}) {
      DealFilter filter;
      filter.pipeline = "default";
      filter.stages = {stage};
      const auto page = list(filter, Sort::stage_entered_at, Direction::asc, {"", 250, 0, CountMode::capped});
      ASSERT_EQ(list_of->size(), page.items.size());
      cards += page.items.size();
      for (std::size_t i = 0; i < list_of->size(); ++i) {
        EXPECT_EQ((*list_of)[i].id, page.items.rows[i].id) << "the same order";
        EXPECT_EQ((*list_of)[i].value.text, page.items.rows[i].value.digits) << "the same digits, without quotes";
        EXPECT_EQ((*list_of)[i].contact_name, page.items.rows[i].contact_name);
      }
    }
    EXPECT_EQ(answer.totals.deal_count, static_cast<std::int64_t>(cards));
    EXPECT_EQ(std::string(answer.totals.total_value.text),
              database_
                  .run("SELECT trim_scale(sum(value)) FROM deals WHERE org_id = $1 AND pipeline = 'default' AND "
                       "closed_at IS NULL",
                       {org_})
                  .value());
    EXPECT_EQ(std::string(answer.totals.weighted_value.text),
              database_
                  .run("SELECT trim_scale(sum(weighted_value)) FROM deals WHERE org_id = $1 AND pipeline = 'default' "
                       "AND closed_at IS NULL",
                       {org_})
                  .value());
  }
}

TEST_F(DealFigures, AStageGoesOnBehindItsCursorToTheLastCard) {
  BoardSlice slice;
  slice.cards_per_stage = 4;
  const auto first = run_task(context_, deals_.read_board(request_, "default", slice));
  const auto answer = to_answer(request_, *first, "default", slice);
  EXPECT_EQ(answer.stages.meeting.size(), 4u);
  std::vector<std::string> seen;
  slice.stage = Stage::meeting;
  for (int pages = 0; pages < 10; ++pages) {
    const auto board = run_task(context_, deals_.read_board(request_, "default", slice));
    ASSERT_TRUE(board);
    const auto part = to_answer(request_, *board, "default", slice);
    EXPECT_EQ(part.totals.deal_count, answer.totals.deal_count);
    EXPECT_TRUE(part.stages.new_.empty());
    for (const auto& card : part.stages.meeting)
      seen.push_back(card.id.to_string());
    const auto& cursors = part.next_cursors.text;
    if (cursors == "{}")
      break;
    slice.cursor = cursors.substr(cursors.find(':') + 2, cursors.rfind('"') - cursors.find(':') - 2);
  }
  EXPECT_EQ(seen,
            ids_by_sql("stage = 'meeting' AND pipeline = 'default' AND closed_at IS NULL", "stage_entered_at, id"));
  slice.stage = Stage::new_;
  EXPECT_EQ(run_task(context_, deals_.read_board(request_, "default", slice)).error().code, Errc::malformed)
      << "another stage's";
}

TEST_F(DealFigures, ABoardThatIsAskedForAClosedStageShowsIt) {
  std::vector<Board> kept;  // what answers point to
  const auto board = [&](const BoardSlice& slice) {
    auto rows = run_task(context_, deals_.read_board(request_, "default", slice));
    EXPECT_TRUE(rows) << rows.error().log_detail;
    kept.push_back(std::move(*rows));
    return to_answer(request_, kept.back(), "default", slice);
  };
  BoardSlice slice;
  slice.cards_per_stage = 4;
  const auto open = board(slice);
  EXPECT_EQ(open.stage_totals.text.find("\"won\""), std::string::npos) << "without being asked it does not";
  for (const Stage stage : {Stage::won, Stage::lost}) {
    const std::string name(enum_name(stage));
    const std::string where = "stage = '" + name + "' AND pipeline = 'default' AND closed_at IS NOT NULL";
    slice = {};
    slice.stage = stage;
    slice.cards_per_stage = 4;
    std::vector<std::string> seen;
    for (int pages = 0; pages < 100; ++pages) {
      const auto part = board(slice);
      EXPECT_EQ(part.totals.deal_count, open.totals.deal_count) << "of open deals";
      EXPECT_EQ(part.totals.total_value.text, open.totals.total_value.text);
      EXPECT_EQ(part.stage_order.back(), name);
      const auto figures =
          database_.run("SELECT format('\"%s\":{\"count\":%s,\"value\":%s,', '" + name +
                            "', count(*), trim_scale(coalesce(sum(value) FILTER (WHERE currency = 'EUR'), "
                            "0))) FROM deals WHERE org_id = $1 AND " +
                            where,
                        {org_});
      EXPECT_NE(part.stage_totals.text.find(figures.value()), std::string::npos)
          << part.stage_totals.text << " has no " << figures.value();
      for (const auto& card : stage == Stage::won ? part.stages.won : part.stages.lost)
        seen.push_back(card.id.to_string());
      const auto& cursors = part.next_cursors.text;
      if (cursors == "{}")
        break;
      slice.cursor = cursors.substr(cursors.find(':') + 2, cursors.rfind('"') - cursors.find(':') - 2);
    }
    EXPECT_GT(seen.size(), 4u);
    EXPECT_EQ(seen, ids_by_sql(where, "stage_entered_at, id"));
  }
  database_.run("DELETE FROM deals WHERE closed_at IS NULL");
  slice = {};
  slice.stage = Stage::won;
  EXPECT_EQ(board(slice).totals.deal_count, 0) << "also when nothing is open";
}

TEST_F(DealFigures, ForecastAndSummaryEqualWhatSqlSays) {
  const auto rows = run_task(context_, deals_.list_forecast(request_, "default", 1));
  ASSERT_TRUE(rows) << rows.error().log_detail;
  const auto answer = to_answer(*rows);
  const std::string where =
      " FROM deals WHERE org_id = $1 AND pipeline = 'default' AND closed_at IS NULL AND expected_close_date BETWEEN "
      "current_date AND current_date + 30";
  EXPECT_EQ(answer.summary.total_deals, database_.run("SELECT count(*)" + where, {org_}).integer());
  EXPECT_EQ(std::string(answer.summary.total_value.text),
            database_.run("SELECT trim_scale(sum(value))" + where, {org_}).value());
  std::int64_t count = 0;
  for (const auto& month : answer.forecast) {
    count += month.count;
    EXPECT_EQ(month.count, static_cast<std::int64_t>(month.deals.size()));
    EXPECT_EQ(std::string(month.total_value.text),
              database_
                  .run("SELECT trim_scale(sum(value))" + where + " AND to_char(expected_close_date, 'YYYY-MM') = $2",
                       {org_, std::string(month.month)})
                  .value());
  }
  EXPECT_EQ(count, answer.summary.total_deals);

  const auto summary = run_task(context_, deals_.read_summary(request_, "default", 365));
  ASSERT_TRUE(summary && *summary) << summary.error().log_detail;
  const SummaryRow& row = **summary;
  const auto expected = database_.run(
      "SELECT count(*) FILTER (WHERE won), trim_scale(sum(value) FILTER (WHERE won)), round(avg(value) FILTER (WHERE "
      "won), 2), "
      "round(100.0 * count(*) FILTER (WHERE won) / count(*), 1) "
      "FROM deals WHERE org_id = $1 AND pipeline = 'default' AND closed_at IS NOT NULL",
      {org_});
  const auto decided = database_.run(
      "SELECT count(*), trim_scale(sum(value)), (SELECT trim_scale(sum(weighted_value)) FROM deals WHERE org_id = $1 "
      "AND "
      "pipeline = 'default' AND closed_at IS NULL) FROM deals WHERE org_id = $1 AND pipeline = 'default' AND NOT won",
      {org_});
  EXPECT_EQ(std::to_string(row.lost_count), decided.value(0, 0));
  EXPECT_EQ(std::string(row.lost_value.text), decided.value(0, 1));
  EXPECT_EQ(std::string(row.open_weighted_value.text), decided.value(0, 2));
  EXPECT_EQ(
      row.open_count,
      database_
          .run("SELECT count(*) FROM deals WHERE org_id = $1 AND pipeline = 'default' AND closed_at IS NULL", {org_})
          .integer());
  EXPECT_EQ(std::to_string(row.won_count), expected.value(0, 0));
  EXPECT_EQ(std::string(row.won_value.text), expected.value(0, 1));
  EXPECT_EQ(std::string(row.avg_deal_value.text), expected.value(0, 2));
  EXPECT_EQ(std::string(row.win_rate.text), expected.value(0, 3));
  EXPECT_EQ(std::string(row.open_value.text), database_
                                                  .run("SELECT trim_scale(sum(value)) FROM deals WHERE org_id = $1 AND "
                                                       "pipeline = 'default' AND closed_at IS NULL",
                                                       {org_})
                                                  .value());
  database_.run(
      "UPDATE deals SET closed_at = now() - interval '29 days' WHERE id = (SELECT min(id::text)::uuid FROM deals WHERE "
      "org_id = $1 AND pipeline = 'default' AND won)",
      {org_});
  const auto recent = run_task(context_, deals_.read_summary(request_, "default", 30));
  EXPECT_EQ((*recent)->won_count, 1) << "what was closed before does not count";
  EXPECT_EQ((*recent)->lost_count, 0);
  const auto nothing = run_task(context_, deals_.read_summary(request_, "nowhere", 30));
  EXPECT_EQ((*nothing)->open_value.text, "0");
  EXPECT_EQ((*nothing)->win_rate.text, "0");
}

TEST_F(DealFigures, BreakdownsCountEachDealWhereItBelongs) {
  const auto text = [&](BreakdownFilter filter) {
    const auto rows = run_task(context_, deals_.list_breakdown(request_, std::move(filter)));
    EXPECT_TRUE(rows) << rows.error().log_detail;
    std::string all;
    for (const auto& row : *rows)
      all += std::string(row.key.value_or("-")) + ":" + std::to_string(row.deals) + "/" + std::to_string(row.open) +
             "/" + std::to_string(row.won) + "/" + std::to_string(row.lost) + "/" + std::string(row.won_value.text) +
             "/" + std::string(row.open_value.text) + " ";
    return all;
  };
  const auto by_sql = [&](const std::string& key, const std::string& from, const std::string& where) {
    return database_
        .run(
            "SELECT string_agg(coalesce(k, '-') || ':' || n || '/' || o || '/' || w || '/' || l || '/' || v || '/' || "
            "u || ' ', '' "
            "ORDER BY k NULLS LAST) FROM (SELECT " +
                key +
                " AS k, count(*) AS n, count(*) FILTER (WHERE closed_at IS NULL) AS o, count(*) FILTER (WHERE won) AS "
                "w, count(*) FILTER (WHERE NOT won) AS l, "
                "coalesce(sum(value) FILTER (WHERE won), 0) AS v, coalesce(sum(value) FILTER (WHERE closed_at IS "
                "NULL), 0) "
                "AS u FROM " +
                from + " WHERE org_id = $1 AND " + where + " GROUP BY 1) AS g",
            {org_})
        .value();
  };
  EXPECT_EQ(text({BreakdownBy::stage, {}, {}, {}}), by_sql("stage", "deals", "true"));
  EXPECT_EQ(text({BreakdownBy::stage, "second", {}, {}}), by_sql("stage", "deals", "pipeline = 'second'"));
  EXPECT_EQ(text({BreakdownBy::agent, {}, {}, {}}), by_sql("owner_id::text", "deals", "true"));
  EXPECT_EQ(text({BreakdownBy::month, {}, {}, {}}),
            by_sql("to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM')", "deals", "true"));
  const std::string quarters = text({BreakdownBy::quarter, {}, {}, {}});
  EXPECT_NE(quarters.find("2026-Q1:"), std::string::npos) << quarters << " 22:30 and 23:30 UTC";
  EXPECT_NE(quarters.find("2026-Q2:"), std::string::npos) << quarters << " 00:30 UTC of the next day";
  EXPECT_EQ(text({BreakdownBy::product, {}, {}, {}}),
            by_sql("p.name",
                   "deals AS d LEFT JOIN LATERAL (SELECT DISTINCT e ->> 'name' AS name FROM "
                   "jsonb_array_elements(d.products) AS e) AS p ON true",
                   "true"));
  const Date april{std::chrono::year{2026} / 4 / 1};
  EXPECT_EQ(text({BreakdownBy::stage, {}, april, april}),
            by_sql("stage", "deals", "closed_at >= '2026-04-01Z' AND closed_at < '2026-04-02Z'"));
  const auto agents = run_task(context_, deals_.list_breakdown(request_, {BreakdownBy::agent, {}, {}, {}}));
  EXPECT_EQ(agents->rows.front().name,
            database_.run("SELECT name FROM users WHERE id = $1", {request_.identity.user_id.to_string()}).value());
}

}  // namespace
}  // namespace salesflow::deals
