// The deals store on a real PostgreSQL, through the use cases, as a request does.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <thread>

#include "features/deals/json.hpp"
#include "features/deals/store.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::deals {
namespace {

using namespace std::chrono_literals;
using test::run_task;

class DealsStore : public testing::Test {
 protected:
  DealsStore() {
    const auto account = database_.create_account("anna@example.com");
    request_.identity = identity_ = {account.user_id, account.org_id, {}, OrgRole::owner, false};
    renew_deadline();
  }
  ~DealsStore() override { run_task(context_, drain()); }

  Task<bool> drain() {
    co_await db_.drain(std::chrono::steady_clock::now() + 2s);
    co_return true;
  }
  void renew_deadline() { request_.deadline = std::chrono::steady_clock::now() + 60s; }
  NewDeal new_deal(const std::string& title, const std::string& value = "10", Stage stage = Stage::new_) {
    NewDeal deal;
    deal.title = Text<1, 200>(title);
    deal.value.emplace();
    EXPECT_EQ(read_exact(value, *deal.value), "");
    deal.stage = stage;
    return deal;
  }
  Uuid create(NewDeal deal) {
    const auto made = run_task(context_, deals_.create_deal(request_, std::move(deal)));
    EXPECT_TRUE(made) << made.error().public_detail << made.error().log_detail;
    return made ? (*made)->id : Uuid{};
  }
  Uuid create_contact(const std::string& name) {
    return *Uuid::parse(database_
                            .run("INSERT INTO contacts (org_id, name) VALUES ($1, $2) RETURNING id",
                                 {request_.identity.org_id.to_string(), name})
                            .value());
  }
  static DealChange to_stage(Stage stage) {
    DealChange change;
    change.stage = {true, stage};
    return change;
  }
  std::vector<std::string> titles(DealFilter filter, Sort sort = Sort::created_at,
                                  Direction direction = Direction::desc, std::int64_t limit = 250) {
    const auto page = run_task(
        context_, deals_.list_deals(request_, std::move(filter), sort, direction, {"", limit, 0, CountMode::capped}));
    EXPECT_TRUE(page) << page.error().public_detail << page.error().log_detail;
    std::vector<std::string> found;
    for (const auto& deal : page->items)
      found.emplace_back(deal.title);
    if (found.size() < static_cast<std::size_t>(limit)) {
      EXPECT_EQ(page->total, static_cast<std::int64_t>(found.size()));
    }
    return found;
  }

  test::TestDatabase database_;
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(db_);
  Deals deals_{*store_};
  RequestContext request_;
  Identity identity_;
};

TEST_F(DealsStore, ReadsBackAllThatWasStored) {
  const Uuid contact = create_contact("Eva");
  const auto body = json::read<NewDeal>(
      R"({"contact_id":")" + contact.to_string() +
      R"(","title":"Großer \"Deal\"","value":123456789012.50,"currency":"CHF","recurring_value":"9.9","recurring_interval":"monthly",
          "probability":33,"expected_close_date":"2026-12-24","products":[{"name":"GTX","price":12345678901234567890.12}],
          "tags":["a,b","\"c\""],"custom_fields":{"n":0.30000000000000000001},"notes":"x","description":"y"})");
  ASSERT_TRUE(body) << body.error().public_detail;
  const Uuid id = create(*body);
  const auto found = run_task(context_, deals_.get_deal(request_, id));
  ASSERT_TRUE(found && *found);
  const DealRow& row = **found;
  EXPECT_EQ(row.contact_id, contact);
  EXPECT_EQ(row.owner_id, identity_.user_id);
  EXPECT_EQ(row.created_by, identity_.user_id);
  EXPECT_EQ(row.title, "Großer \"Deal\"");
  EXPECT_EQ(row.value.digits, "123456789012.50");
  EXPECT_EQ(row.currency, "CHF");
  EXPECT_EQ(row.recurring_value->digits, "9.9");
  EXPECT_EQ(row.weighted_value->digits, "40740740374.125") << "all digits, no double";
  EXPECT_EQ(format_date(*row.expected_close_date), "2026-12-24");
  EXPECT_EQ(row.products.text, R"([{"name": "GTX", "price": 12345678901234567890.12}])");
  EXPECT_EQ(row.tags, (std::vector<std::string_view>{"a,b", "\"c\""}));
  EXPECT_EQ(row.custom_fields.text, R"({"n": 0.30000000000000000001})");
  EXPECT_EQ(row.stage, "new");
  EXPECT_EQ(row.pipeline, "default");
  EXPECT_FALSE(row.won || row.closed_at || row.lost_reason);
  EXPECT_EQ(database_
                .run("SELECT type || (metadata ->> 'to') FROM activities WHERE deal_id = $1 AND contact_id = $2",
                     {id.to_string(), contact.to_string()})
                .value(),
            "stage_changenew");
  const Uuid plain = create(new_deal("No contact"));
  EXPECT_EQ(database_.run("SELECT count(*) FROM activities WHERE deal_id = $1", {plain.to_string()}).integer(), 0);
}

TEST_F(DealsStore, RefusesContactsAndOwnersOfOthersAndNamesThem) {
  const auto other = database_.create_account("ben@example.com");
  const std::string foreign =
      database_.run("INSERT INTO contacts (org_id, name) VALUES ($1, 'x') RETURNING id", {other.org_id.to_string()})
          .value();
  for (const std::string& contact : {foreign, Uuid::v7().to_string()}) {
    auto deal = new_deal("x");
    deal.contact_id = Uuid::parse(contact);
    EXPECT_EQ(run_task(context_, deals_.create_deal(request_, deal)).error().errors.at(0).field, "contact_id");
  }
  auto deal = new_deal("x");
  deal.owner_id = other.user_id;
  EXPECT_EQ(run_task(context_, deals_.create_deal(request_, deal)).error().errors.at(0).field, "owner_id");
  const Uuid mine = create(new_deal("mine"));
  DealChange change;
  change.contact_id = {true, Uuid::parse(foreign)};
  EXPECT_EQ(run_task(context_, deals_.update_deal(request_, mine, change, {})).error().errors.at(0).field,
            "contact_id");
  change.contact_id = {true, std::nullopt};
  change.owner_id = {true, other.user_id};
  EXPECT_EQ(run_task(context_, deals_.update_deal(request_, mine, change, {})).error().errors.at(0).field, "owner_id");
  change.owner_id = {true, std::nullopt};
  const auto changed = run_task(context_, deals_.update_deal(request_, mine, change, {}));
  ASSERT_TRUE(changed);
  EXPECT_FALSE((*changed)->owner_id);
  EXPECT_EQ(database_.run("SELECT count(*) FROM deals").integer(), 1) << "a refused deal leaves nothing";
}

TEST_F(DealsStore, AnotherOrganisationSeesAndChangesNothing) {
  const Uuid id = create(new_deal("Secret term"));
  const auto other = database_.create_account("ben@example.com");
  request_.identity.user_id = other.user_id;
  request_.identity.org_id = other.org_id;
  DealFilter search;
  search.search = "secret term";
  EXPECT_TRUE(titles(search).empty());
  EXPECT_TRUE(titles({}).empty());
  EXPECT_EQ(run_task(context_, deals_.get_deal(request_, id)).error().code, Errc::not_found);
  EXPECT_EQ(run_task(context_, deals_.update_deal(request_, id, to_stage(Stage::won), {})).error().code,
            Errc::not_found);
  EXPECT_EQ(run_task(context_, deals_.delete_deal(request_, id, {})).error().code, Errc::not_found);
  EXPECT_TRUE(run_task(context_, deals_.read_board(request_, "default", {}))->rows.empty());
  request_.identity = identity_;
  EXPECT_EQ(titles(search), std::vector<std::string>{"Secret term"});
  EXPECT_EQ(database_.run_as_tenant(identity_.user_id, std::nullopt, "SELECT count(*) FROM search_deals('secret term')")
                .integer(),
            0);
  EXPECT_EQ(database_.run("SELECT has_column_privilege('salesflow_search', 'deals', 'value', 'SELECT')").value(), "f");
}

TEST_F(DealsStore, OnlyTheVersionThatTheCallerSawIsChanged) {
  const Uuid id = create(new_deal("x"));
  ASSERT_TRUE(run_task(context_, deals_.update_deal(request_, id, to_stage(Stage::meeting), 1)));
  const auto stale = run_task(context_, deals_.update_deal(request_, id, to_stage(Stage::won), 1));
  EXPECT_EQ(stale.error().code, Errc::precondition_failed);
  EXPECT_EQ(run_task(context_, deals_.delete_deal(request_, id, 1)).error().code, Errc::precondition_failed);
  EXPECT_TRUE(run_task(context_, deals_.delete_deal(request_, id, 2)));
  EXPECT_EQ(run_task(context_, deals_.delete_deal(request_, id, {})).error().code, Errc::not_found);
}

TEST_F(DealsStore, OfManyConditionalWritersAtOnceOneWins) {
  const Uuid id = create(new_deal("x"));
  std::atomic<int> won{0}, late{0}, other{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      asio::io_context context;
      CoarseTimer timer{context};
      postgres::Database db{context, timer, test::pool_settings(database_)};
      const auto store = make_pg_store(db);
      Deals deals{*store};
      RequestContext request;
      request.identity = identity_;
      request.deadline = std::chrono::steady_clock::now() + 30s;
      DealChange change;
      change.title = {true, Text<1, 200>("by " + std::to_string(i))};
      const auto changed = run_task(context, deals.update_deal(request, id, change, 1));
      ++(changed ? won : changed.error().code == Errc::precondition_failed ? late : other);
      auto drained = [&]() -> Task<bool> {
        co_await db.drain(std::chrono::steady_clock::now() + 2s);
        co_return true;
      };
      run_task(context, drained());
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(late, 5);
  EXPECT_EQ(other, 0);
}

/// What the rule of the stage says of a row, after whatever happened to it.
void expect_consistent(test::TestDatabase& database) {
  EXPECT_EQ(database
                .run("SELECT string_agg(id::text, ',') FROM deals WHERE (stage = 'won') <> coalesce(won, false) OR "
                     "(stage = 'lost') <> "
                     "coalesce(NOT won, false) OR (closed_at IS NOT NULL) <> (stage IN ('won', 'lost')) OR (stage <> "
                     "'lost' AND "
                     "lost_reason IS NOT NULL)")
                .value(),
            "");
}

TEST_F(DealsStore, MovesAndPatchesAndOtherWritersKeepWhatFollowsFromTheStage) {
  constexpr Stage stages[] = {Stage::new_,        Stage::qualified, Stage::meeting, Stage::proposal,
                              Stage::negotiation, Stage::won,       Stage::lost};
  constexpr std::string_view names[] = {"new", "qualified", "meeting", "proposal", "negotiation", "won", "lost"};
  std::vector<Uuid> ids;
  for (int i = 0; i < 4; ++i)
    ids.push_back(create(new_deal("d" + std::to_string(i), "1", stages[i * 2])));
  expect_consistent(database_);
  std::uint32_t state = 7;
  const auto next = [&](std::uint32_t below) { return (state = state * 1664525 + 1013904223) / 65536 % below; };
  for (int step = 0; step < 120; ++step) {
    const Uuid id = ids[next(4)];
    const auto to = next(7);
    const auto before =
        database_.run("SELECT stage, stage_entered_at, closed_at FROM deals WHERE id = $1", {id.to_string()});
    DealChange change = to_stage(stages[to]);
    switch (next(4)) {
      case 0:
        if (stages[to] == Stage::lost)
          change.lost_reason = {true, Text<0, 1000>("too dear")};
        ASSERT_TRUE(run_task(context_, deals_.update_deal(request_, id, change, {})));
        break;
      case 1:
        change.title = {true, Text<1, 200>("renamed")};
        ASSERT_TRUE(run_task(context_, deals_.update_deal(request_, id, change, {})));
        break;
      case 2:
        database_.run_as_tenant(identity_.user_id, identity_.org_id, "UPDATE deals SET stage = $2 WHERE id = $1",
                                {id.to_string(), std::string(names[to])});
        break;
      default:  // a write that leaves the stage alone
        change = {};
        change.value = {true, Amount{"5", 50000}};
        ASSERT_TRUE(run_task(context_, deals_.update_deal(request_, id, change, {})));
    }
    expect_consistent(database_);
    const auto after =
        database_.run("SELECT stage, stage_entered_at, closed_at FROM deals WHERE id = $1", {id.to_string()});
    EXPECT_EQ(before.value(0, 0) == after.value(0, 0), before.value(0, 1) == after.value(0, 1))
        << "a stage is entered once";
    if (before.value(0, 0) == after.value(0, 0)) {
      EXPECT_EQ(before.rows.at(0).at(2), after.rows.at(0).at(2));
    }
  }
}

TEST_F(DealsStore, RowsFoundInconsistentStayAsTheyWereUntilTheirStageChanges) {
  database_.run(
      "INSERT INTO deals (org_id, title, stage, won, closed_at) VALUES ($1, 'old', 'new', true, '2020-01-01Z')",
      {identity_.org_id.to_string()});
  DealChange change;
  change.title = {true, Text<1, 200>("still old")};
  const Uuid id = *Uuid::parse(database_.run("SELECT id FROM deals").value());
  const auto renamed = run_task(context_, deals_.update_deal(request_, id, change, {}));
  ASSERT_TRUE(renamed);
  EXPECT_EQ((*renamed)->won, true);
  EXPECT_EQ(format_rfc3339(*(*renamed)->closed_at), "2020-01-01T00:00:00.000000Z");
  ASSERT_TRUE(run_task(context_, deals_.update_deal(request_, id, to_stage(Stage::meeting), {})));
  expect_consistent(database_);
  // A writer that says when it closed is believed.
  database_.run("UPDATE deals SET stage = 'won', closed_at = '2021-05-05Z'");
  EXPECT_EQ(database_.run("SELECT closed_at = '2021-05-05Z' AND won FROM deals").value(), "t");
}

}  // namespace
}  // namespace salesflow::deals
