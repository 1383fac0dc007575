// Lists of deals on a real PostgreSQL: every filter in every order, against a model.
#include <algorithm>
#include <set>

#include "tests/support/deals_rig.hpp"

namespace salesflow::deals {
namespace {

class DealLists : public DealsRig {};

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

const std::string by_title = "left(salesflow_fold(title), 200) COLLATE \"C\"";

TEST_F(DealLists, EveryFilterInEveryOrderGivesExactlyItsDealsPageByPage) {
  const Uuid contact = *Uuid::parse(
      database_.run("SELECT contact_id FROM deals WHERE org_id = $1 AND contact_id IS NOT NULL LIMIT 1", {org_})
          .value());
  const std::pair<Sort, std::string> orders[] = {{Sort::created_at, "created_at"},
                                                 {Sort::updated_at, "updated_at"},
                                                 {Sort::title, by_title},
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

TEST_F(DealLists, TitlesStandInAPersonsOrder) {
  database_.run("DELETE FROM deals");
  database_.run(
      "INSERT INTO deals (org_id, title) SELECT $1, t FROM unnest(ARRAY['Zebra', 'ananas', '\u00C4rger', 'Apfel']) AS "
      "t",
      {org_});
  std::string seen, cursor;
  do {
    const auto page = list({}, Sort::title, Direction::desc, {cursor, 1});
    for (const auto& deal : page.items)
      seen += std::string(deal.title) + " ";
    cursor = page.next_cursor.value_or("");
  } while (!cursor.empty() && seen.size() < 100);
  EXPECT_EQ(seen, "Zebra \u00C4rger Apfel ananas ");
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
                                       by_title + down + ", id" + down);
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

}  // namespace
}  // namespace salesflow::deals
