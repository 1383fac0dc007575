#include "features/approvals/approvals.hpp"

#include <gtest/gtest.h>

#include <map>

#include "features/approvals/store.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::approvals {
namespace {

using test::refusal, test::run_task;

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

/// Items of one user; one waits until it is sent or skipped.
class MemoryStore final : public Store {
 public:
  std::map<Uuid, ItemState> kept;
  std::vector<QueueRow> queue;
  SentRow row;  // what send answers
  int calls = 0;
  std::vector<SendOrder> orders;
  std::optional<TimePoint> snoozed_until;
  QueuePosition after;
  std::int64_t limit_rows = 0;
  TimePoint today;
  std::vector<Uuid> draft_ids;
  bool broken = false;

  Uuid add(std::string_view lead_status = "new", std::string_view status = "pending") {
    ItemState state;
    state.status = status;
    state.lead_status = lead_status;
    return kept.emplace(Uuid::v7(), state).first->first;
  }
  bool end(const Uuid& id, std::string_view status) {
    const auto item = kept.find(id);
    if (item == kept.end() || item->second.status != "pending")
      return false;
    item->second.status = status;
    return true;
  }

  Task<Result<RowSet<QueueRow>>> list_pending(RequestContext&, QueuePosition position, std::int64_t limit,
                                              TimePoint day) override {
    ++calls;
    after = position;
    limit_rows = limit;
    today = day;
    co_return RowSet<QueueRow>{queue, nullptr};
  }
  Task<Result<OneRow<StatsRow>>> get_stats(RequestContext&, TimePoint) override { co_return OneRow<StatsRow>{}; }
  Task<Result<std::int64_t>> generate_drafts(RequestContext&, Date, std::vector<Uuid> ids) override {
    draft_ids = std::move(ids);
    co_return 7;
  }
  Task<Result<OneRow<SentRow>>> send(RequestContext&, SendOrder order) override {
    ++calls;
    OneRow<SentRow> sent;
    if (end(order.item.id, "sent"))
      sent.row = row;
    orders.push_back(std::move(order));
    co_return sent;
  }
  Task<Result<bool>> skip(RequestContext&, ItemId item, std::optional<TimePoint> until) override {
    snoozed_until = until;
    co_return end(item.id, "skipped");
  }
  Task<Result<OneRow<ItemState>>> get_item(RequestContext&, ItemId item) override {
    ++calls;
    if (broken)
      co_return fail(Errc::unavailable, "no database");
    OneRow<ItemState> found;
    if (const auto state = kept.find(item.id); state != kept.end())
      found.row = state->second;
    co_return found;
  }
};

struct ApprovalsTest : testing::Test {
  ApprovalsTest() { request.identity.user_id = Uuid::v7(); }
  std::string send(const Uuid& id, ItemKind kind = ItemKind::approval) {
    return refusal(run_task(approvals.send(request, {kind, id}, {})));
  }
  static std::string name(const Uuid& id) { return "approval_" + id.to_string(); }
  MemoryStore store;
  Approvals approvals{store, +[] { return now; }};
  RequestContext request;
};

TEST_F(ApprovalsTest, AnItemNamesItsKindAndItsId) {
  const Uuid id = Uuid::v7();
  for (const ItemKind kind : {ItemKind::followup, ItemKind::approval, ItemKind::lead}) {
    const auto item = parse_item_id(std::string(enum_name(kind)) + "_" + id.to_string());
    ASSERT_TRUE(item);
    EXPECT_EQ(item->kind, kind);
    EXPECT_EQ(item->id, id);
  }
  for (const std::string& bad : {std::string(), id.to_string(), "deal_" + id.to_string(), "lead-" + id.to_string(),
                                 "lead_" + id.to_string() + "0", std::string("lead_nobody")})
    EXPECT_EQ(refusal(parse_item_id(bad)), "malformed path.item_id") << bad;
}

TEST_F(ApprovalsTest, AnEmptyQueueStillHasItsFigures) {
  store.queue.resize(1);  // no id: figures alone
  store.queue[0].sent_today = 4;
  const auto page = run_task(approvals.list_pending(request, "", 5));
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->items.empty());
  EXPECT_EQ(page->stats.sent_today, 4);
  EXPECT_FALSE(page->next_cursor);
  EXPECT_EQ(format_rfc3339(store.today), "2026-11-23T00:00:00.000000Z");
}

TEST_F(ApprovalsTest, TheQueueGoesOnBehindItsLastDraft) {
  store.queue.resize(3);
  for (auto& row : store.queue)
    row.id = Uuid::v7();
  store.queue[0].priority = 90;
  const auto page = run_task(approvals.list_pending(request, "", 2));
  ASSERT_TRUE(page && page->next_cursor);
  EXPECT_EQ(store.limit_rows, 3);
  ASSERT_TRUE(run_task(approvals.list_pending(request, *page->next_cursor, 2)));
  EXPECT_EQ(store.after.priority, 50) << "of a draft without one";
  EXPECT_EQ(store.after.id, store.queue[1].id);
  store.calls = 0;
  request.identity.user_id = Uuid::v7();
  EXPECT_EQ(refusal(run_task(approvals.list_pending(request, *page->next_cursor, 2))), "malformed query.cursor");
  EXPECT_EQ(store.calls, 0);
}

TEST_F(ApprovalsTest, AnItemIsSentOrSkippedOnce) {
  const Uuid sent = store.add(), skipped = store.add();
  EXPECT_EQ(send(sent), "");
  EXPECT_EQ(send(sent), "conflict");
  EXPECT_EQ(refusal(run_task(approvals.skip(request, {ItemKind::approval, skipped}, 3))), "");
  EXPECT_EQ(store.snoozed_until, now + std::chrono::days(3));
  EXPECT_EQ(refusal(run_task(approvals.skip(request, {ItemKind::approval, skipped}, {}))), "conflict");
  EXPECT_EQ(send(skipped), "conflict");
  EXPECT_EQ(send(Uuid::v7()), "not_found id");
  EXPECT_EQ(send(Uuid::v7(), ItemKind::lead), "not_found item_id");
  EXPECT_EQ(refusal(run_task(approvals.get_lead(request, Uuid::v7()))), "not_found lead_id");
}

TEST_F(ApprovalsTest, WhatIsSentIsFollowedUp) {
  EXPECT_EQ(send(store.add(), ItemKind::followup), "");
  EXPECT_EQ(send(store.add(), ItemKind::lead), "");
  EXPECT_EQ(store.orders[0].next_due_at - now, std::chrono::days(7));
  EXPECT_EQ(store.orders[1].next_due_at - now, std::chrono::days(3)) << "the first message to a lead";
  EXPECT_NE(store.orders[0].next_id, store.orders[0].interaction_id);
}

TEST_F(ApprovalsTest, AMessageWithoutAChannelGoesByWhatsapp) {
  store.row.phone = "+43 664 1234567";
  store.row.message = "Hi";
  const auto sent = run_task(approvals.send(request, {ItemKind::approval, store.add()}, {}));
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->channel, "whatsapp");
  EXPECT_TRUE(sent->deep_link);
}

TEST_F(ApprovalsTest, SeveralGoOneByOneAndEachTellsHowItEnded) {
  const Uuid fresh = store.add("new"), customer = store.add("won"), done = store.add("new", "sent");
  const std::vector<std::string> ids{name(fresh), name(customer), name(done), name(Uuid::v7()), "nonsense"};
  const auto all = run_task(approvals.send_all(request, ids));
  ASSERT_TRUE(all) << refusal(all);
  using Outcome = BulkItem::Outcome;
  std::vector<Outcome> outcomes;
  for (const BulkItem& item : *all) {
    outcomes.push_back(item.outcome);
    EXPECT_EQ(item.reason.empty(), item.outcome == Outcome::sent) << item.item_id;
  }
  EXPECT_EQ(outcomes, (std::vector<Outcome>{Outcome::sent, Outcome::skipped, Outcome::skipped, Outcome::failed,
                                            Outcome::failed}));
  EXPECT_EQ(store.kept.at(customer).status, "pending") << "nobody writes to a customer unasked";
  store.broken = true;
  EXPECT_EQ(refusal(run_task(approvals.send_all(request, {name(fresh)}))), "unavailable");
}

TEST_F(ApprovalsTest, DraftsAreMadeFiftyAtOnce) {
  EXPECT_EQ(*run_task(approvals.generate_drafts(request)), 7);
  EXPECT_EQ(store.draft_ids.size(), 50u);
  EXPECT_NE(store.draft_ids[0], store.draft_ids[1]);
}

}  // namespace
}  // namespace salesflow::approvals
