// Deals on a real PostgreSQL, member by member: what each statement writes and reads, and what board, forecast and
// breakdowns show of one deal.
#include <gtest/gtest.h>

#include <list>

#include "features/deals/json.hpp"
#include "features/deals/store.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"
#include "tests/support/json_members.hpp"
#include "tests/support/postgres_rig.hpp"

namespace salesflow::deals {
namespace {

using namespace std::chrono_literals;
using test::members_that_differ;

class DealMembers : public testing::Test {
 protected:
  DealMembers() {
    request_.identity = {anna_.user_id, anna_.org_id, {}, OrgRole::owner, false};
    request_.deadline = std::chrono::steady_clock::now() + 60s;
    contact_ = database_
                   .run("INSERT INTO contacts (org_id, name, company) VALUES ($1, 'Eva', 'Maier KG') RETURNING id",
                        {anna_.org_id.to_string()})
                   .value();
  }
  /// A body with every member, from a text with all but the references.
  std::string with_references(const std::string& members) const {
    return R"({"contact_id":")" + contact_ + R"(","owner_id":")" + anna_.user_id.to_string() + "\"," + members;
  }
  Uuid create(const std::string& body) {
    const auto made = rig_.run(deals_.create_deal(request_, json::read<NewDeal>(body).value()));
    EXPECT_TRUE(made) << made.error().public_detail << made.error().log_detail;
    return made ? (*made)->id : Uuid{};
  }
  std::string get(Uuid id) {
    const auto found = rig_.run(deals_.get_deal(request_, id));
    EXPECT_TRUE(found && *found);
    return json::to_json(**found);
  }
  Result<OneRow<ChangedDeal>> patch(Uuid id, const std::string& body) {
    return rig_.run(deals_.update_deal(request_, id, json::read<DealChange>(body).value(), {}));
  }
  Result<DealPage> list(DealFilter filter, Sort sort, std::string cursor = "", std::int64_t limit = 250) {
    return rig_.run(deals_.list_deals(request_, std::move(filter), sort, Direction::desc,
                                      {std::move(cursor), limit, 0, CountMode::capped}));
  }
  std::string stage_changes() {
    return database_
        .run(
            "SELECT string_agg(coalesce(metadata ->> 'from', '-') || '>' || (metadata ->> 'to'), ' ' ORDER BY id) FROM "
            "activities WHERE type = 'stage_change'")
        .value();
  }

  test::TestDatabase database_;
  const test::TestDatabase::Account anna_ = database_.create_account("anna@example.com");
  test::PostgresRig rig_{test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Deals deals_{*store_};
  RequestContext request_;
  std::string contact_;
};

const std::string first_members =
    R"("title":"t1","description":"d1","notes":"n1","value":"10.50","currency":"CHF","recurring_value":"1.25","recurring_interval":"r1",
    "pipeline":"p1","stage":"lost","probability":31,"expected_close_date":"2026-01-01","lost_reason":"l1","lost_to_competitor":"c1",
    "products":[{"name":"x"}],"tags":["a"],"custom_fields":{"k":1}})";
const std::string second_members =
    R"("title":"t2","description":"d2","notes":"n2","value":"20.50","currency":"USD","recurring_value":"2.25","recurring_interval":"r2",
    "pipeline":"p2","stage":"lost","probability":32,"expected_close_date":"2026-01-02","lost_reason":"l2","lost_to_competitor":"c2",
    "products":[{"name":"y"}],"tags":["b","c"],"custom_fields":{"k":2}})";

TEST_F(DealMembers, EachIsWrittenToItsColumnAndReadFromIt) {
  EXPECT_EQ(test::members_not_named<NewDeal>(with_references(first_members)), "");
  EXPECT_EQ(test::members_not_named<DealChange>(with_references(second_members)), "");
  const Uuid id = create(with_references(first_members));
  EXPECT_EQ(members_that_differ(database_, with_references(first_members), get(id)), "");
  const auto changed = patch(id, with_references(second_members));
  ASSERT_TRUE(changed) << changed.error().log_detail;
  EXPECT_EQ(members_that_differ(database_, with_references(second_members), json::to_json(**changed)), "");
  EXPECT_EQ(members_that_differ(database_, get(id), json::to_json(**changed)), "");
  const Uuid least = create(R"({"title":"x"})");
  EXPECT_EQ(members_that_differ(database_,
                                R"({"value":"0","currency":"EUR","pipeline":"default","stage":"new","probability":10,
                                    "products":[],"tags":[],"custom_fields":{}})",
                                get(least)),
            "");
}

TEST_F(DealMembers, NullClearsWhatMayBeEmptyAndNothingElse) {
  const Uuid id = create(with_references(first_members));
  const auto cleared = patch(id, R"({"contact_id":null,"owner_id":null,"description":null,"notes":null,
      "recurring_value":null,"recurring_interval":null,"expected_close_date":null,"lost_reason":null,
      "lost_to_competitor":null,"products":null,"tags":null,"custom_fields":null})");
  ASSERT_TRUE(cleared) << cleared.error().public_detail << cleared.error().log_detail;
  EXPECT_EQ(members_that_differ(database_,
                                R"({"contact_id":null,"owner_id":null,"description":null,"notes":null,
      "recurring_value":null,"recurring_interval":null,"expected_close_date":null,"lost_reason":null,
      "lost_to_competitor":null,"products":[],"tags":[],"custom_fields":{},"title":"t1","stage":"lost"})",
                                get(id)),
            "");
  EXPECT_EQ(database_.run("SELECT products::text || tags::text || custom_fields::text FROM deals").value(), "[]{}{}")
      << "also in the table";
  for (const std::string field : {"title", "value", "currency", "pipeline", "stage", "probability"})
    EXPECT_EQ(patch(id, "{\"" + field + "\":null}").error().errors.at(0).field, field);
  EXPECT_EQ(patch(id, "{}").error().errors.at(0).field, "body");
  EXPECT_EQ(patch(id, R"({"products":{}})").error().errors.at(0).field, "products");
  EXPECT_EQ(patch(id, R"({"custom_fields":[]})").error().errors.at(0).field, "custom_fields");
}

TEST_F(DealMembers, AStageIsLoggedWhenItIsEnteredAndOnlyThen) {
  const Uuid id = create(with_references(R"("title":"x"})"));
  ASSERT_TRUE(patch(id, R"({"title":"y"})"));
  ASSERT_TRUE(patch(id, R"({"stage":"new"})"));
  EXPECT_EQ(stage_changes(), "->new");
  ASSERT_TRUE(patch(id, R"({"stage":"meeting"})"));
  EXPECT_EQ(stage_changes(), "->new new>meeting");
  EXPECT_EQ(database_
                .run("SELECT count(*) FROM activities WHERE deal_id = $1 AND contact_id = $2 AND user_id = $3 AND "
                     "subject IN ('x', 'y')",
                     {id.to_string(), contact_, anna_.user_id.to_string()})
                .integer(),
            2);
}

TEST_F(DealMembers, EachIsTheSameInEveryListAsInTheDeal) {
  const std::string day = database_.run("SELECT current_date + 5").value();
  const Uuid id =
      create(with_references(R"("title":"Website","value":"10.50","currency":"CHF","probability":50,"stage":"meeting",
      "notes":"n","expected_close_date":")" +
                             day + "\"}"));
  database_.run("UPDATE deals SET created_at = created_at - interval '1 day'");
  database_.run("UPDATE organizations SET default_currency = 'CHF'");
  std::string wanted = get(id);
  wanted.replace(wanted.size() - 1, 1, R"(,"contact_name":"Eva","contact_company":"Maier KG"})");
  DealFilter open, all, search;
  all.open_only = false;
  search.search = "website";
  const std::tuple<const char*, DealFilter, Sort> statements[] = {{"list_deals", open, Sort::created_at},
                                                                  {"by_close", open, Sort::expected_close_date},
                                                                  {"list_all_deals", all, Sort::created_at},
                                                                  {"mixed", open, Sort::updated_at},
                                                                  {"found", search, Sort::created_at}};
  for (const auto& [name, filter, sort] : statements) {
    SCOPED_TRACE(name);
    const auto page = list(filter, sort);
    ASSERT_TRUE(page && page->items.size() == 1u);
    const DealItem& item = page->items.rows.front();
    EXPECT_EQ(members_that_differ(database_, json::to_json(item), wanted), "");
  }
  // Board and forecast send amounts as numbers.
  wanted.replace(wanted.size() - 1, 1, R"(,"value":10.50,"weighted_value":5.25})");
  const auto board = rig_.run(deals_.read_board(request_, "default", {}));
  const auto shown = to_answer(request_, *board, "default", {});
  ASSERT_EQ(shown.stages.meeting.size(), 1u);
  EXPECT_EQ(members_that_differ(database_, json::to_json(shown.stages.meeting[0]), wanted), "");
  EXPECT_EQ(
      members_that_differ(
          database_,
          R"({"meeting":{"count":1,"value":10.5,"weighted":5.25,"by_currency":[{"currency":"CHF","count":1,"value":"10.50","weighted_value":"5.25"}]},"won":null})",
          R"({"won":null,)" + shown.stage_totals.text.substr(1)),
      "");
  EXPECT_EQ(shown.totals.total_value.text, "10.5");
  EXPECT_EQ(shown.totals.weighted_value.text, "5.25");
  const auto rows = rig_.run(deals_.list_forecast(request_, "default", 1));
  const auto forecast = to_answer(*rows);
  ASSERT_EQ(forecast.forecast.size(), 1u);
  EXPECT_EQ(members_that_differ(database_, json::to_json(forecast.forecast[0].deals.at(0)), wanted), "");
  EXPECT_EQ(forecast.forecast[0].weighted_value.text, "5.25");
  EXPECT_EQ(forecast.summary.weighted_value.text, "5.25");
}

TEST_F(DealMembers, TheForecastReachesFromTodayToTheLastDayAskedFor) {
  for (const int days : {-1, 0, 30, 31, 60, 61}) {
    const std::string day = database_.run("SELECT current_date + $1::int", {std::to_string(days)}).value();
    create(R"({"title":"in )" + std::to_string(days) + R"(","expected_close_date":")" + day + "\"}");
  }
  const auto titles = [&](std::int64_t months) {
    std::string found;
    for (const auto& row : *rig_.run(deals_.list_forecast(request_, "default", months)))
      found += std::string(row.title) + ";";
    return found;
  };
  EXPECT_EQ(titles(1), "in 0;in 30;");
  EXPECT_EQ(titles(2), "in 0;in 30;in 31;in 60;");
}

TEST_F(DealMembers, TheBoardIsOneOwnersAndShowsStagesOfOthersInItsTotalsOnly) {
  create(with_references(R"("title":"mine","value":"5","stage":"new"})"));
  const Uuid nobodys = create(R"({"title":"nobody's","value":"7","stage":"new"})");
  ASSERT_TRUE(patch(nobodys, R"({"owner_id":null})"));
  const Uuid moved = create(R"({"title":"moved","stage":"proposal"})");
  ASSERT_TRUE(patch(moved, R"({"stage":"won"})"));
  database_.run("ALTER TABLE deals DROP CONSTRAINT deals_stage_check");
  database_.run("INSERT INTO deals (org_id, title, stage, value) VALUES ($1, 'adopted', 'demo', 3)",
                {anna_.org_id.to_string()});
  BoardSlice slice;
  std::list<Board> boards;  // answers point into them
  const auto answer = [&](const BoardSlice& of) {
    auto board = rig_.run(deals_.read_board(request_, "default", of));
    EXPECT_TRUE(board) << board.error().log_detail;
    boards.push_back(std::move(*board));
    for (const auto& row : boards.back().rows)
      EXPECT_GT(row.deals, 0) << row.stage << ": a stage that its deals have left";
    return to_answer(request_, boards.back(), "default", of);
  };
  EXPECT_EQ(answer(slice).stages.new_.size(), 2u);
  EXPECT_EQ(answer(slice).totals.deal_count, 3);
  EXPECT_NE(answer(slice).stage_totals.text.find(R"("demo":{"count":1,"value":3,)"), std::string::npos);
  slice.owner_id = anna_.user_id;
  slice.cards_per_stage = 1;
  EXPECT_EQ(answer(slice).totals.deal_count, 1);
  EXPECT_EQ(answer(slice).stages.new_.at(0).title, "mine");
  EXPECT_EQ(answer(slice).per_stage, 1);
  // A cursor belongs to its pipeline and owner.
  slice.owner_id.reset();
  slice.stage = Stage::new_;
  const auto first = answer(slice).next_cursors.text;
  slice.cursor = first.substr(first.find(':') + 2, first.rfind('"') - first.find(':') - 2);
  EXPECT_EQ(answer(slice).stages.new_.size(), 1u);
  EXPECT_EQ(rig_.run(deals_.read_board(request_, "second", slice)).error().code, Errc::malformed);
  slice.owner_id = anna_.user_id;
  EXPECT_EQ(rig_.run(deals_.read_board(request_, "default", slice)).error().code, Errc::malformed);
}

TEST_F(DealMembers, BreakdownsReadAdoptedRowsAndFullNames) {
  database_.run("UPDATE users SET full_name = 'Anna Huber', name = 'anna'");
  database_.run(
      "INSERT INTO deals (org_id, title, products, won, closed_at, stage, owner_id, value) VALUES "
      "($1, 'names', '[\"GTX\", {\"name\": \"MG\"}]', NULL, NULL, 'new', $2, 1), ($1, 'none', '{\"a\": 1}', NULL, "
      "NULL, 'new', $2, 1), "
      "($1, 'won, not closed', '[]', true, NULL, 'new', $2, 1)",
      {anna_.org_id.to_string(), anna_.user_id.to_string()});
  const auto groups = [&](BreakdownBy by) {
    const auto rows = rig_.run(deals_.list_breakdown(request_, {by, {}, {}, {}}));
    EXPECT_TRUE(rows) << rows.error().log_detail;
    std::string all;
    for (const auto& row : *rows)
      all +=
          std::string(row.name.value_or("-")) + ":" + std::to_string(row.deals) + "/" + std::to_string(row.won) + " ";
    return all;
  };
  EXPECT_EQ(groups(BreakdownBy::product), "GTX:1/0 MG:1/0 -:2/0 ");
  EXPECT_EQ(groups(BreakdownBy::agent), "Anna Huber:3/0 ");
  BreakdownFilter backwards{BreakdownBy::stage, {}, parse_date("2026-02-02").value(), parse_date("2026-02-01").value()};
  EXPECT_EQ(rig_.run(deals_.list_breakdown(request_, backwards)).error().errors.at(0).field, "query.from");
}

TEST_F(DealMembers, ATermWithManyHitsIsFoundAnywhereInTheTitle) {
  database_.run(
      "INSERT INTO deals (org_id, title) SELECT $1, CASE WHEN i > 240 THEN 'Other ' ELSE 'A Broad ' END || i FROM "
      "generate_series(1, 250) AS i",
      {anna_.org_id.to_string()});
  DealFilter filter;
  filter.search = "broad";
  EXPECT_EQ(list(filter, Sort::created_at, "", 5)->total, 240);
}

}  // namespace
}  // namespace salesflow::deals
