#include "features/deals/deals.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "features/deals/store.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::deals {
namespace {

using test::refusal, test::run_task;

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

/// Deals of one organisation, by title. Answers of its other reads are empty; what they were asked is kept.
class MemoryStore final : public Store {
 public:
  std::vector<ListedDeal> kept;
  std::vector<std::string> titles;  // what the rows' texts point to
  References references;            // what check_references answers of contact and owner
  std::int64_t version = 1;
  int calls = 0;
  bool refuses = false;  // writes meet no row
  DealChange last_change;
  TimePosition board_after;
  std::vector<Stage> board_stages;
  std::int64_t board_limit = 0;
  Date forecast_from, forecast_until;
  TimePoint closed_since;

  MemoryStore() { titles.reserve(100); }
  Uuid add(std::string title) {
    titles.push_back(std::move(title));
    ListedDeal& deal = kept.emplace_back();
    deal.id = Uuid::v7();
    deal.title = titles.back();
    return deal.id;
  }
  const ListedDeal* find(const Uuid& id) const {
    const auto found = std::find_if(kept.begin(), kept.end(), [&](const auto& deal) { return deal.id == id; });
    return found == kept.end() ? nullptr : &*found;
  }

  Task<Result<RowSet<ListedDeal>>> list_deals(RequestContext&, DealFilter, Sort, Direction direction,
                                              DealPosition after, PageRequest paging) override {
    ++calls;
    const auto key = [](const ListedDeal& deal) { return std::pair(deal.title, deal.id); };
    const std::pair<std::string_view, Uuid> place(after.title.text, after.id);
    const bool down = direction == Direction::desc;
    RowSet<ListedDeal> rows;
    for (const auto& deal : kept) {
      if (after.at_start || (down ? key(deal) < place : key(deal) > place))
        rows.rows.push_back(deal);
    }
    std::sort(rows.rows.begin(), rows.rows.end(),
              [&](const auto& a, const auto& b) { return down ? key(a) > key(b) : key(a) < key(b); });
    rows.rows.resize(std::min(rows.rows.size(), static_cast<std::size_t>(paging.limit_rows)));
    co_return rows;
  }
  Task<Result<OneRow<DealRow>>> get_deal(RequestContext&, Uuid deal_id) override {
    ++calls;
    OneRow<DealRow> found;
    if (const auto* deal = find(deal_id)) {
      found.row.emplace();
      found.row->id = deal->id;
      found.row->title = deal->title;
    }
    co_return found;
  }
  Task<Result<OneRow<DealRow>>> create_deal(RequestContext&, NewDeal) override {
    ++calls;
    OneRow<DealRow> made;
    if (!refuses)
      made.row.emplace();
    co_return made;
  }
  Task<Result<OneRow<ChangedDeal>>> update_deal(RequestContext&, Uuid deal_id, DealChange change,
                                                std::optional<std::int64_t> row_version) override {
    ++calls;
    last_change = std::move(change);
    OneRow<ChangedDeal> changed;
    if (find(deal_id) && !refuses && (!row_version || *row_version == version))
      changed.row.emplace();
    co_return changed;
  }
  Task<Result<std::uint64_t>> delete_deal(RequestContext&, Uuid deal_id,
                                          std::optional<std::int64_t> row_version) override {
    co_return find(deal_id) && (!row_version || *row_version == version) ? 1U : 0U;
  }
  Task<Result<OneRow<References>>> check_references(RequestContext&, std::optional<Uuid> deal_id, std::optional<Uuid>,
                                                    std::optional<Uuid>) override {
    OneRow<References> found;
    found.row = references;
    if (deal_id && find(*deal_id))
      found.row->row_version = version;
    co_return found;
  }
  Task<Result<RowSet<BoardRow>>> read_board(RequestContext&, std::string, std::vector<Stage> stages,
                                            std::optional<Uuid>, TimePosition after, std::int64_t limit_rows) override {
    ++calls;
    board_stages = std::move(stages);
    board_after = after;
    board_limit = limit_rows;
    co_return RowSet<BoardRow>{};
  }
  Task<Result<RowSet<ForecastRow>>> list_forecast(RequestContext&, std::string, Date from, Date until) override {
    forecast_from = from;
    forecast_until = until;
    co_return RowSet<ForecastRow>{};
  }
  Task<Result<OneRow<SummaryRow>>> read_summary(RequestContext&, std::string, TimePoint since) override {
    closed_since = since;
    co_return OneRow<SummaryRow>{};
  }
  Task<Result<RowSet<OpenSumsRow>>> recount_open_sums(RequestContext&, std::string, std::optional<Uuid>) override {
    ++calls;
    co_return RowSet<OpenSumsRow>{};
  }
  Task<Result<RowSet<BreakdownRow>>> list_breakdown(RequestContext&, BreakdownFilter) override {
    ++calls;
    co_return RowSet<BreakdownRow>{};
  }
};

struct DealsTest : testing::Test {
  DealsTest() { request.identity.org_id = Uuid::v7(); }
  Result<DealPage> page(const std::string& cursor, Direction direction = Direction::asc, DealFilter filter = {}) {
    return run_task(deals.list_deals(request, std::move(filter), Sort::title, direction, {cursor, 1}));
  }
  std::string change(const Uuid& id, DealChange to, std::optional<std::int64_t> row_version = {}) {
    return refusal(run_task(deals.update_deal(request, id, std::move(to), row_version)));
  }
  MemoryStore store;
  Deals deals{store, +[] { return now; }};
  RequestContext request;
};

TEST_F(DealsTest, PagesByLongTitlesThatBeginAlikeHoldEachRowOnce) {
  std::string alike;
  while (alike.size() < 10'000)
    alike += "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
  std::vector<Uuid> ids;
  for (const char* end : {"a", "b", "b", "c"})  // the second and third differ by id alone
    ids.push_back(store.add(alike + end));
  for (const Direction direction : {Direction::asc, Direction::desc}) {
    std::vector<Uuid> read;
    std::string cursor;
    do {
      const auto next = page(cursor, direction);
      ASSERT_TRUE(next) << refusal(next);
      ASSERT_EQ(next->items.size(), 1u);
      read.push_back(next->items.rows[0].id);
      cursor = next->next_cursor.value_or("");
    } while (!cursor.empty() && read.size() < 10);
    if (direction == Direction::desc)
      std::reverse(read.begin(), read.end());
    EXPECT_EQ(read, ids);
  }
  const std::string cursor = *page("")->next_cursor;
  store.kept[0].title = "renamed";
  EXPECT_EQ(refusal(page(cursor)), "malformed query.cursor");
}

TEST_F(DealsTest, ACursorBelongsToItsOrderAndFilters) {
  store.add("a");
  store.add("b");
  const std::string cursor = *page("")->next_cursor;
  DealFilter closed;
  closed.open_only = false;
  store.calls = 0;
  EXPECT_EQ(refusal(page(cursor, Direction::desc)), "malformed query.cursor");
  EXPECT_EQ(refusal(page(cursor, Direction::asc, closed)), "malformed query.cursor");
  EXPECT_EQ(store.calls, 0);
}

TEST_F(DealsTest, JsonKeepsItsShapeAndNullIsRefusedWhereADealNeedsAValue) {
  const Uuid id = store.add("a");
  NewDeal made;
  made.title = Text<1, 200>("a");
  made.products = RawJson{"{}"};
  EXPECT_EQ(refusal(run_task(deals.create_deal(request, made))), "invalid_argument products");
  made.products = RawJson{"[]"};
  made.custom_fields = RawJson{"[]"};
  EXPECT_EQ(refusal(run_task(deals.create_deal(request, made))), "invalid_argument custom_fields");
  DealChange to;
  EXPECT_EQ(change(id, to), "invalid_argument body");
  to.stage.present = to.currency.present = true;
  EXPECT_EQ(change(id, to), "invalid_argument currency") << "the first of them";
  to = {};
  to.products = {true, RawJson{"7"}};
  EXPECT_EQ(change(id, to), "invalid_argument products");
  EXPECT_EQ(store.calls, 0);
  to = {};
  to.products.present = to.tags.present = to.custom_fields.present = to.contact_id.present = true;
  EXPECT_EQ(change(id, to), "");
  EXPECT_EQ(store.last_change.products.value->text, "[]");
  EXPECT_TRUE(store.last_change.tags.value && store.last_change.tags.value->empty());
  EXPECT_EQ(store.last_change.custom_fields.value->text, "{}");
  EXPECT_FALSE(store.last_change.contact_id.value) << "null takes the contact away";
}

TEST_F(DealsTest, AWriteThatMeetsNoRowTellsWhy) {
  const Uuid id = store.add("a");
  DealChange to;
  to.notes.present = true;
  EXPECT_EQ(change(Uuid::v7(), to), "not_found deal_id");
  EXPECT_EQ(change(id, to, 7), "precondition_failed If-Match");
  EXPECT_EQ(refusal(run_task(deals.delete_deal(request, Uuid::v7(), {}))), "not_found deal_id");
  EXPECT_EQ(refusal(run_task(deals.delete_deal(request, id, 7))), "precondition_failed If-Match");
  EXPECT_EQ(refusal(run_task(deals.delete_deal(request, id, 1))), "");
  EXPECT_EQ(refusal(run_task(deals.get_deal(request, Uuid::v7()))), "not_found deal_id");
  store.refuses = true;
  store.references.contact_known = false;
  EXPECT_EQ(change(id, to), "invalid_argument contact_id");
  EXPECT_EQ(refusal(run_task(deals.create_deal(request, {}))), "invalid_argument contact_id");
  store.references.contact_known = true;
  store.references.owner_known = false;
  EXPECT_EQ(refusal(run_task(deals.create_deal(request, {}))), "invalid_argument owner_id");
}

TEST_F(DealsTest, ACurrencyIsKeptInUpperCaseAndOneThatIsNoneIsRefused) {
  const Uuid id = store.add("a");
  DealChange to;
  to.currency = {true, Text<1, 20>(" jpy ")};
  EXPECT_EQ(change(id, to), "");
  EXPECT_EQ(store.last_change.currency.value->value, "JPY");
  to.currency = {true, Text<1, 20>("EURO")};
  EXPECT_EQ(change(id, to), "invalid_argument currency");
  store.refuses = true;
  to.currency = {true, Text<1, 20>("JPY")};
  to.value = {true, Amount{"1.5", 15000}};
  EXPECT_EQ(change(id, to), "invalid_argument value") << "a yen has no decimals";
  to.value = {true, Amount{"1", 10000}};
  EXPECT_EQ(change(id, to, 7), "precondition_failed If-Match");
}

TEST_F(DealsTest, TheBoardShowsOpenStagesAndACursorItsOwn) {
  ASSERT_TRUE(run_task(deals.read_board(request, "default", {})));
  EXPECT_EQ(store.board_stages.size(), 5u);
  EXPECT_EQ(std::count(store.board_stages.begin(), store.board_stages.end(), Stage::won), 0);
  BoardRow card;
  card.stage = "meeting";
  card.id = Uuid::v7();
  card.stage_entered_at = now;
  BoardSlice slice;
  slice.cards_per_stage = 50;
  slice.cursor = Deals::board_cursor(request, "default", slice, card);
  store.calls = 0;
  EXPECT_EQ(refusal(run_task(deals.read_board(request, "default", slice))), "invalid_argument query.stage");
  slice.stage = Stage::proposal;
  EXPECT_EQ(refusal(run_task(deals.read_board(request, "default", slice))), "malformed query.cursor");
  slice.stage = Stage::meeting;
  EXPECT_EQ(refusal(run_task(deals.read_board(request, "second", slice))), "malformed query.cursor");
  EXPECT_EQ(store.calls, 0);
  ASSERT_TRUE(run_task(deals.read_board(request, "default", slice)));
  EXPECT_EQ(store.board_stages, std::vector<Stage>{Stage::meeting});
  EXPECT_EQ(store.board_after, (TimePosition{now, *card.id}));
  EXPECT_EQ(store.board_limit, 51) << "one more tells of further cards";
}

TEST_F(DealsTest, FiguresCoverTheTimeThatWasAskedFor) {
  ASSERT_TRUE(run_task(deals.list_forecast(request, "default", 3)));
  EXPECT_EQ(format_date(store.forecast_from), "2026-11-23");
  EXPECT_EQ(store.forecast_until - store.forecast_from, std::chrono::days(90));
  ASSERT_TRUE(run_task(deals.read_summary(request, "default", 30)));
  EXPECT_EQ(now - store.closed_since, std::chrono::days(30));
  BreakdownFilter backwards;
  backwards.from = parse_date("2026-11-23");
  backwards.to = parse_date("2026-11-22");
  store.calls = 0;
  EXPECT_EQ(refusal(run_task(deals.list_breakdown(request, backwards))), "invalid_argument query.from");
  EXPECT_EQ(store.calls, 0);
  backwards.to = backwards.from;
  EXPECT_EQ(refusal(run_task(deals.list_breakdown(request, backwards))), "") << "one day";
}

}  // namespace
}  // namespace salesflow::deals
