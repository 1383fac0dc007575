// Lists, board and figures of deals on a real PostgreSQL, against a model in memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "features/deals/json.hpp"
#include "features/deals/store.hpp"
#include "platform/json/write.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::deals {
namespace {

using namespace std::chrono_literals;
using test::run_task;

/// 90 deals with ties in every sort key, some without contact, owner, day or products; some closed.
constexpr const char* fill = R"sql(
INSERT INTO contacts (id, org_id, name, company) SELECT md5('ORG' || i)::uuid, 'ORG'::uuid, 'Contact ' || i, 'Company ' || i FROM generate_series(1, 5) AS i;
INSERT INTO deals (org_id, title, value, probability, stage, pipeline, contact_id, owner_id, created_at, expected_close_date, products, closed_at)
SELECT 'ORG'::uuid, (ARRAY['Alpha', 'alpha 100%_', 'Beta "x"', 'Über, Gamma'])[1 + i % 4], (i % 7) * 100.25, (i % 10) * 10,
       (ARRAY['new', 'qualified', 'meeting', 'proposal', 'negotiation', 'won', 'lost'])[1 + i % 7],
       CASE WHEN i % 9 = 0 THEN 'second' ELSE 'default' END, CASE WHEN i % 3 > 0 THEN md5('ORG' || 1 + i % 5)::uuid END,
       CASE WHEN i % 4 > 0 THEN 'OWNER'::uuid END, '2026-01-01Z'::timestamptz + (i / 4) * interval '1 day',
       CASE WHEN i % 5 > 0 THEN current_date + i % 40 END,
       CASE WHEN i % 2 = 0 THEN '[{"name": "GTX Pro", "quantity": 1, "price": 1}]'::jsonb WHEN i % 3 = 0 THEN '[{"name": "GTX Pro"}, {"name": "MG"}, {"name": "MG"}]'::jsonb ELSE '[]' END,
       CASE WHEN i % 7 > 4 THEN '2026-03-31 22:30:00Z'::timestamptz + (i % 3) * interval '1 hour' END
FROM generate_series(1, 90) AS i;
UPDATE deals SET updated_at = updated_at;
)sql";

class DealLists : public testing::Test {
 protected:
  DealLists() {
    const auto account = database_.create_account("anna@example.com"),
               other = database_.create_account("ben@example.com");
    for (const auto& tenant : {other, account}) {
      std::string sql = fill;
      for (const auto& [word, id] : {std::pair<std::string, Uuid>{"ORG", tenant.org_id}, {"OWNER", tenant.user_id}}) {
        for (std::size_t at; (at = sql.find(word)) != std::string::npos;)
          sql.replace(at, word.size(), id.to_string());
      }
      database_.run_as(test::Login::superuser, sql);
      org_ = tenant.org_id.to_string();
    }
    request_.identity = {account.user_id, account.org_id, {}, OrgRole::owner, false};
    request_.deadline = std::chrono::steady_clock::now() + 120s;
  }
  ~DealLists() override { run_task(context_, drain()); }
  Task<bool> drain() {
    co_await db_.drain(std::chrono::steady_clock::now() + 2s);
    co_return true;
  }
  DealPage list(DealFilter filter, Sort sort, Direction direction, Slice slice) {
    auto page = run_task(context_, deals_.list_deals(request_, std::move(filter), sort, direction, std::move(slice)));
    EXPECT_TRUE(page) << page.error().public_detail << page.error().log_detail;
    return page ? std::move(*page) : DealPage{};
  }
  std::vector<std::string> ids_by_sql(const std::string& where, const std::string& order) {
    const auto rows =
        database_.run("SELECT id FROM deals AS d WHERE org_id = $1 AND " + where + " ORDER BY " + order, {org_});
    std::vector<std::string> ids;
    for (const auto& row : rows.rows)
      ids.push_back(*row.at(0));
    return ids;
  }

  test::TestDatabase database_;
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(db_);
  Deals deals_{*store_};
  RequestContext request_;
  std::string org_;
};

struct Case {
  std::string name, where;
  DealFilter filter;
};

std::vector<Case> cases(const Uuid& owner, const Uuid& contact) {
  std::vector<Case> all;
  const auto add = [&](const char* name, const std::string& where, auto change) {
    all.push_back({name, where, {}});
    change(all.back().filter);
  };
  const std::string open = "closed_at IS NULL";
  add("open", open, [](DealFilter&) {});
  add("all", "true", [](DealFilter& f) { f.open_only = false; });
  add("stage", open + " AND stage = 'meeting'", [](DealFilter& f) { f.stages = {Stage::meeting}; });
  add("stage of all", "stage = 'won'", [](DealFilter& f) {
    f.stages = {Stage::won};
    f.open_only = false;
  });
  add("stages", "stage IN ('won', 'new')", [](DealFilter& f) {
    f.stages = {Stage::won, Stage::new_};
    f.open_only = false;
  });
  add("pipeline", open + " AND pipeline = 'second'", [](DealFilter& f) { f.pipeline = "second"; });
  add("owner", open + " AND owner_id = '" + owner.to_string() + "'", [&](DealFilter& f) { f.owner_id = owner; });
  add("contact", "contact_id = '" + contact.to_string() + "'", [&](DealFilter& f) {
    f.contact_id = contact;
    f.open_only = false;
  });
  add("values", open + " AND value BETWEEN 100.25 AND 300.75", [](DealFilter& f) {
    f.value_minor_min = 10025;
    f.value_minor_max = 30075;
  });
  const Date today = std::chrono::floor<std::chrono::days>(system_now());
  add("closing", open + " AND expected_close_date >= current_date AND expected_close_date < current_date + 7",
      [&](DealFilter& f) {
        f.closes_from = today;
        f.closes_before = today + std::chrono::days(7);
      });
  add("search", open + " AND title ILIKE '%alpha%'", [](DealFilter& f) { f.search = "ALPHA"; });
  add("owner of all", "owner_id = '" + owner.to_string() + "'", [&](DealFilter& f) {
    f.owner_id = owner;
    f.open_only = false;
  });
  add("pipeline of all", "pipeline = 'second'", [](DealFilter& f) {
    f.pipeline = "second";
    f.open_only = false;
  });
  add("search and references",
      open + " AND title ILIKE '%alpha%' AND contact_id = '" + contact.to_string() + "' AND owner_id = '" +
          owner.to_string() + "' AND pipeline = 'default'",
      [&](DealFilter& f) {
        f.search = "alpha";
        f.contact_id = contact;
        f.owner_id = owner;
        f.pipeline = "default";
      });
  add("search and values", open + " AND title ILIKE '%alpha%' AND value BETWEEN 100.25 AND 300.75", [](DealFilter& f) {
    f.search = "alpha";
    f.value_minor_min = 10025;
    f.value_minor_max = 30075;
  });
  add("search and pipeline", open + " AND title ILIKE '%alpha%' AND pipeline = 'second'", [](DealFilter& f) {
    f.search = "alpha";
    f.pipeline = "second";
  });
  add("search and owner", open + " AND title ILIKE '%alpha%' AND owner_id = '" + owner.to_string() + "'",
      [&](DealFilter& f) {
        f.search = "alpha";
        f.owner_id = owner;
      });
  add("values, pipeline, owner",
      open + " AND value >= 100.25 AND pipeline = 'second' AND owner_id = '" + owner.to_string() + "'",
      [&](DealFilter& f) {
        f.value_minor_min = 10025;
        f.pipeline = "second";
        f.owner_id = owner;
      });
  add("search literally", open + " AND title = 'alpha 100%_'", [](DealFilter& f) { f.search = "100%_"; });
  add("prefix", open + " AND title ILIKE 'al%'", [](DealFilter& f) { f.search = "al"; });
  add("no prefix", "false", [](DealFilter& f) { f.search = "ph"; });
  add("only signs", "false", [](DealFilter& f) { f.search = "%_%"; });
  add("search and stage", "title ILIKE '%gamma%' AND stage IN ('new', 'lost')", [](DealFilter& f) {
    f.search = "gamma";
    f.stages = {Stage::new_, Stage::lost};
    f.open_only = false;
  });
  return all;
}

TEST_F(DealLists, EveryFilterInEveryOrderGivesExactlyItsDealsPageByPage) {
  const Uuid contact = *Uuid::parse(
      database_.run("SELECT contact_id FROM deals WHERE org_id = $1 AND contact_id IS NOT NULL LIMIT 1", {org_})
          .value());
  const std::pair<Sort, std::string> orders[] = {{Sort::created_at, "created_at"},
                                                 {Sort::updated_at, "updated_at"},
                                                 {Sort::title, "title"},
                                                 {Sort::value, "value"},
                                                 {Sort::stage_entered_at, "stage_entered_at"},
                                                 {Sort::expected_close_date, "expected_close_date"}};
  for (const Case& test : cases(request_.identity.user_id, contact)) {
    for (const auto& [sort, column] : orders) {
      for (const Direction direction : {Direction::asc, Direction::desc}) {
        SCOPED_TRACE(test.name + " by " + column + (direction == Direction::asc ? "" : " DESC"));
        const std::string down = direction == Direction::desc ? " DESC" : "";
        const auto expected = ids_by_sql(test.where, column + down + ", id" + down);
        std::vector<std::string> seen, by_offset;
        std::string cursor;
        for (int pages = 0; pages < 30; ++pages) {
          const auto page = list(test.filter, sort, direction, {cursor, 7, 0, CountMode::capped});
          if (pages == 0) {
            EXPECT_EQ(page.total, static_cast<std::int64_t>(expected.size()));
          }
          for (const auto& deal : page.items)
            seen.push_back(deal.id.to_string());
          if (!page.next_cursor)
            break;
          cursor = *page.next_cursor;
        }
        EXPECT_EQ(seen, expected);
        for (std::int64_t skip = 0; skip < static_cast<std::int64_t>(expected.size()); skip += 40) {
          const auto page = list(test.filter, sort, direction, {"", 40, skip});
          EXPECT_FALSE(page.total);
          for (const auto& deal : page.items)
            by_offset.push_back(deal.id.to_string());
        }
        EXPECT_EQ(by_offset, expected);
      }
    }
  }
}

TEST_F(DealLists, ACursorBelongsToItsFiltersOrderAndOrganisation) {
  const auto cursor = list({}, Sort::created_at, Direction::desc, {"", 5}).next_cursor.value();
  const auto code = [&](DealFilter filter, Sort sort, Direction direction) {
    const auto page = run_task(context_, deals_.list_deals(request_, std::move(filter), sort, direction, {cursor, 5}));
    return page ? Errc::internal : page.error().code;
  };
  DealFilter won;
  won.stages = {Stage::won};
  EXPECT_EQ(code(won, Sort::created_at, Direction::desc), Errc::malformed);
  EXPECT_EQ(code({}, Sort::created_at, Direction::asc), Errc::malformed);
  EXPECT_EQ(code({}, Sort::updated_at, Direction::desc), Errc::malformed);
  request_.identity.org_id = Uuid::v7();
  EXPECT_EQ(code({}, Sort::created_at, Direction::desc), Errc::malformed);
}

TEST_F(DealLists, CountsStopBehindTenThousand) {
  database_.run("INSERT INTO deals (org_id, title, pipeline) SELECT $1, 'x', 'wide' FROM generate_series(1, 10003)",
                {org_});
  DealFilter all;
  all.open_only = false;
  EXPECT_EQ(list(all, Sort::created_at, Direction::desc, {"", 5, 0, CountMode::capped}).total, 10'093)
      << "unfiltered: the counter";
  all.pipeline = "wide";
  EXPECT_EQ(list(all, Sort::created_at, Direction::desc, {"", 5, 0, CountMode::capped}).total, 10'001);
  EXPECT_EQ(list(all, Sort::created_at, Direction::desc, {"", 5, 0, CountMode::exact}).total, 10'003);
  EXPECT_EQ(list({}, Sort::created_at, Direction::desc, {"", 5, 0, CountMode::capped}).total,
            database_.run("SELECT count(*) FROM deals WHERE org_id = $1 AND closed_at IS NULL", {org_}).integer())
      << "open: the totals";
}

TEST_F(DealLists, LongTitlesThatBeginAlikeComeOnceEach) {
  database_.run("ALTER TABLE deals DROP CONSTRAINT deals_title_check");  // as a found table
  database_.run(
      "INSERT INTO deals (org_id, title) SELECT $1, 'Long ' || repeat('\u00E4\u20AC\U0001F600', 1200) || i % 5 FROM "
      "generate_series(1, 13) AS i",
      {org_});
  ASSERT_GT(database_.run("SELECT max(octet_length(title)) FROM deals").integer(), 10'000);
  DealFilter found;
  found.search = "long";
  for (const DealFilter& filter : {DealFilter{}, found}) {
    for (const Direction direction : {Direction::asc, Direction::desc}) {
      const std::string down = direction == Direction::desc ? " DESC" : "";
      const auto expected = ids_by_sql(filter.search.empty() ? "closed_at IS NULL" : "title LIKE 'Long%'",
                                       "title" + down + ", id" + down);
      std::vector<std::string> seen;
      std::string cursor;
      do {
        const auto page = list(filter, Sort::title, direction, {cursor, 2});
        for (const auto& deal : page.items)
          seen.push_back(deal.id.to_string());
        cursor = page.next_cursor.value_or("");
      } while (!cursor.empty() && seen.size() < 200);
      EXPECT_EQ(seen, expected);
    }
  }
}

TEST_F(DealLists, TheBoardAgreesWithTheListAfterAnyWrites) {
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

TEST_F(DealLists, AStageGoesOnBehindItsCursorToTheLastCard) {
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

TEST_F(DealLists, ForecastAndSummaryEqualWhatSqlSays) {
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

TEST_F(DealLists, BreakdownsCountEachDealWhereItBelongs) {
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
