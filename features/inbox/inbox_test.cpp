#include "features/inbox/inbox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "features/inbox/store.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::inbox {
namespace {

using test::refusal, test::run_task;

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

/// Conversations of one user. Lists answer what a test put in and keep what they were asked.
class MemoryStore final : public Store {
 public:
  std::map<Uuid, ConversationRow> kept;
  std::vector<InboxRow> inbox;
  std::vector<MessageRow> messages;
  int calls = 0;
  bool lead_known = true, draft_waits = true, template_known = true;
  InboxFilter filter;
  InboxPosition after;
  PageRequest paging;
  std::optional<TimePoint> pause_until;
  Analysis analysis;
  TimePoint since;
  std::pair<TimePoint, TimePoint> due;

  Uuid add() {
    ConversationRow row;
    row.id = Uuid::v7();
    row.row_version = 1;
    kept.emplace(row.id, row);
    return row.id;
  }
  template <class Row>
  OneRow<Row> some(bool found) {
    OneRow<Row> row;
    if (found)
      row.row.emplace();
    return row;
  }
  bool meets(const Uuid& id, std::optional<std::int64_t> row_version) const {
    const auto row = kept.find(id);
    return row != kept.end() && (!row_version || *row_version == row->second.row_version);
  }

  Task<Result<RowSet<InboxRow>>> list_inbox(RequestContext&, InboxFilter by, Sort, InboxPosition position,
                                            PageRequest part) override {
    ++calls;
    filter = std::move(by);
    after = position;
    paging = std::move(part);
    co_return RowSet<InboxRow>{inbox, nullptr};
  }
  Task<Result<OneRow<ConversationRow>>> get_conversation(RequestContext&, Uuid id) override {
    OneRow<ConversationRow> found;
    if (const auto row = kept.find(id); row != kept.end())
      found.row = row->second;
    co_return found;
  }
  Task<Result<OneRow<ConversationRow>>> create_conversation(RequestContext&, Uuid, NewConversation) override {
    co_return some<ConversationRow>(lead_known);
  }
  Task<Result<OneRow<ConversationRow>>> update_conversation(RequestContext&, Uuid id, ConversationChange,
                                                            std::optional<std::int64_t> row_version) override {
    ++calls;
    co_return some<ConversationRow>(meets(id, row_version) && lead_known);
  }
  Task<Result<OneRow<ConversationRow>>> set_status(RequestContext&, Uuid id, Status, std::optional<TimePoint> until,
                                                   std::optional<std::int64_t> row_version) override {
    ++calls;
    pause_until = until;
    co_return some<ConversationRow>(meets(id, row_version));
  }
  Task<Result<RowSet<MessageRow>>> list_messages(RequestContext&, Uuid id, TimePosition, PageRequest) override {
    ++calls;
    co_return RowSet<MessageRow>{meets(id, {}) ? messages : std::vector<MessageRow>(), nullptr};
  }
  Task<Result<OneRow<MessageRow>>> add_message(RequestContext&, Uuid, NewMessage message, Analysis found) override {
    analysis = std::move(found);
    co_return some<MessageRow>(meets(message.conversation_id, {}));
  }
  Task<Result<OneRow<MessageRow>>> approve_draft(RequestContext&, Uuid, Uuid, std::optional<std::string>) override {
    co_return some<MessageRow>(draft_waits);
  }
  Task<Result<OneRow<Uuid>>> discard_draft(RequestContext&, Uuid, Uuid) override { co_return some<Uuid>(draft_waits); }
  Task<Result<OneRow<StartedRow>>> start_sequence(RequestContext&, Uuid id, std::optional<Uuid>) override {
    co_return some<StartedRow>(meets(id, {}) && template_known);
  }
  Task<Result<RowSet<AdvancedRow>>> process_sequences(RequestContext&, std::int64_t) override {
    co_return RowSet<AdvancedRow>{};
  }
  Task<Result<std::int64_t>> process_due_sequences(RequestContext&) override { co_return 0; }
  Task<Result<OneRow<BestTimeRow>>> best_time(RequestContext&, Uuid id) override {
    co_return some<BestTimeRow>(meets(id, {}));
  }
  Task<Result<RowSet<ConnectionRow>>> list_connections(RequestContext&) override { co_return RowSet<ConnectionRow>{}; }
  Task<Result<OneRow<ReadRow>>> set_read(RequestContext&, Uuid id, bool is_read) override {
    auto row = some<ReadRow>(kept.contains(id));
    if (row)
      row.row->unread_count = is_read ? 0 : 1;
    co_return row;
  }
  Task<Result<OneRow<BadgesRow>>> read_badges(RequestContext&, TimePoint due_before, TimePoint overdue) override {
    due = {due_before, overdue};
    co_return some<BadgesRow>(true);
  }
  Task<Result<OneRow<BadgesRow>>> recount_badges(RequestContext&, BadgeLimits limits) override {
    due = {limits.due_before, limits.overdue_before};
    co_return some<BadgesRow>(true);
  }
  Task<Result<OneRow<AnalyticsRow>>> get_analytics(RequestContext&, TimePoint from) override {
    since = from;
    co_return some<AnalyticsRow>(true);
  }
  Task<Result<OneRow<DraftContextRow>>> get_draft_context(RequestContext&, Uuid id) override {
    co_return some<DraftContextRow>(meets(id, {}));
  }
};

struct InboxTest : testing::Test {
  InboxTest() { request.identity.user_id = Uuid::v7(); }
  Result<InboxPage> list(const InboxFilter& filter, const PageRequest& paging, Sort sort = Sort::priority) {
    return run_task(inbox.list_inbox(request, filter, sort, paging));
  }
  std::string set_status(const Uuid& id, Status status, std::optional<std::int64_t> pause_days,
                         std::optional<std::int64_t> row_version = {}) {
    return refusal(run_task(inbox.set_status(request, id, status, pause_days, row_version)));
  }
  std::string change(const Uuid& id, ConversationChange to, std::optional<std::int64_t> row_version = {}) {
    return refusal(run_task(inbox.update_conversation(request, id, std::move(to), row_version)));
  }
  MemoryStore store;
  Inbox inbox{store, +[] { return now; }};
  RequestContext request;
};

TEST_F(InboxTest, APageHasBoundsThatAreCheckedBeforeTheStore) {
  for (const std::int64_t limit : {0, 201}) {
    EXPECT_EQ(refusal(list({}, {"", limit})), "invalid_argument query.limit");
    EXPECT_EQ(refusal(run_task(inbox.list_messages(request, Uuid::v7(), {"", limit}))), "invalid_argument query.limit");
  }
  EXPECT_EQ(refusal(list({}, {"", 10, 10'001})), "invalid_argument query.offset");
  EXPECT_EQ(refusal(list({}, {"", 10, -1})), "invalid_argument query.offset");
  EXPECT_EQ(refusal(list({}, {"a cursor", 10, 5})), "invalid_argument query.offset") << "they exclude each other";
  EXPECT_EQ(refusal(list({}, {"made up", 10})), "malformed query.cursor");
  EXPECT_EQ(store.calls, 0);
}

TEST_F(InboxTest, PreviewsShowWhatAMailProgramWould) {
  store.inbox.resize(3);
  for (InboxRow& row : store.inbox)
    row.id = Uuid::v7();
  store.inbox[0].last_message_preview = "<p>Hallo</p><style>p {}</style><p>Eva &amp; Kim</p>";
  store.inbox[1].last_message_preview = "<div>Hallo <b>Eva";
  store.inbox[1].preview_truncated = true;
  store.inbox[2].last_message_preview = "if (a<b && c>d)";
  const auto page = list({}, {"", 10});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items.rows[0].last_message_preview, "Hallo\n\nEva & Kim");
  EXPECT_EQ(page->items.rows[1].last_message_preview, "Hallo Eva");
  EXPECT_EQ(page->items.rows[2].last_message_preview, "if (a<b && c>d)");
}

TEST_F(InboxTest, AnEmptyInboxHasTotalsButNothingBehindItsEnd) {
  store.inbox.resize(1);  // the nil id: totals alone
  store.inbox[0].unread_total = 3;
  const auto empty = list({}, {"", 10});
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->items.empty());
  EXPECT_EQ(empty->totals.unread_total, 3);
  EXPECT_EQ(refusal(list({}, {"", 10, 5})), "invalid_argument query.offset");
}

TEST_F(InboxTest, ACursorKeepsItsPlaceSortAndFilters) {
  store.inbox.resize(3);
  for (auto& row : store.inbox) {
    row.id = Uuid::v7();
    row.priority_score = 80;
  }
  const InboxFilter replied{{}, {Status::replied, Status::replied}, true, ""};
  const auto page = list(replied, {"", 2});
  ASSERT_TRUE(page && page->next_cursor);
  EXPECT_EQ(page->items.size(), 2u);
  EXPECT_EQ(store.paging.limit_rows, 3);
  EXPECT_EQ(store.filter.statuses.size(), 1u) << "without doubles";
  EXPECT_FALSE(store.filter.needs_attention) << "who replied needs it anyway";
  ASSERT_TRUE(list({{}, {Status::replied}, true, ""}, {*page->next_cursor, 2})) << "the same filter, said once";
  EXPECT_EQ(store.after.priority, 80);
  EXPECT_EQ(store.after.last_message_at, time_minus_infinity) << "conversations without a message are last";
  EXPECT_EQ(store.after.id, store.inbox[1].id);
  EXPECT_EQ(refusal(list({}, {*page->next_cursor, 2})), "malformed query.cursor");
  EXPECT_EQ(refusal(list(replied, {*page->next_cursor, 2}, Sort::newest)), "malformed query.cursor");
}

TEST_F(InboxTest, NoMessagesAreNoMissingConversation) {
  const Uuid id = store.add();
  store.messages.resize(1);  // the nil id: no message here
  const auto none = run_task(inbox.list_messages(request, id, {"", 10}));
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->items.empty());
  EXPECT_EQ(refusal(run_task(inbox.list_messages(request, id, {"", 10, 5}))), "invalid_argument query.offset");
  EXPECT_EQ(refusal(run_task(inbox.list_messages(request, Uuid::v7(), {"", 10}))), "not_found conversation_id");
}

TEST_F(InboxTest, OnlyADelayPauses) {
  const Uuid id = store.add();
  EXPECT_EQ(set_status(id, Status::replied, 3), "invalid_argument query.pause_days");
  EXPECT_EQ(store.calls, 0);
  EXPECT_EQ(set_status(id, Status::delay_requested, 3), "");
  EXPECT_EQ(store.pause_until, now + std::chrono::days(3));
  EXPECT_EQ(set_status(id, Status::converted, {}), "");
  EXPECT_FALSE(store.pause_until);
  EXPECT_EQ(set_status(Uuid::v7(), Status::converted, {}), "not_found conversation_id");
  EXPECT_EQ(set_status(id, Status::converted, {}, 7), "precondition_failed If-Match");
}

TEST_F(InboxTest, AChangeOfNothingOrToNothingIsRefused) {
  const Uuid id = store.add();
  ConversationChange to;
  EXPECT_EQ(change(id, to), "invalid_argument body");
  to.status.present = true;
  EXPECT_EQ(change(id, to), "invalid_argument status");
  to = {};
  to.priority_score.present = true;
  EXPECT_EQ(change(id, to), "invalid_argument priority_score");
  EXPECT_EQ(store.calls, 0);
  to = {};
  to.contact_id.present = true;
  EXPECT_EQ(change(id, to), "");
  EXPECT_EQ(change(Uuid::v7(), to), "not_found conversation_id");
  EXPECT_EQ(change(id, to, 7), "precondition_failed If-Match");
  store.lead_known = false;
  EXPECT_EQ(change(id, to), "not_found contact_id") << "the conversation is there, so it is the lead";
  EXPECT_EQ(refusal(run_task(inbox.create_conversation(request, {}))), "not_found contact_id");
}

TEST_F(InboxTest, AMessageIsStoredWithWhatItSays) {
  NewMessage message;
  message.conversation_id = store.add();
  message.content = "What does it cost?";
  EXPECT_EQ(refusal(run_task(inbox.add_message(request, message))), "");
  EXPECT_TRUE(store.analysis.contains_question);
  message.conversation_id = Uuid::v7();
  EXPECT_EQ(refusal(run_task(inbox.add_message(request, message))), "not_found conversation_id");
}

TEST_F(InboxTest, WhatIsMissingIsNamed) {
  const Uuid id = store.add();
  EXPECT_EQ(refusal(run_task(inbox.start_sequence(request, id, {}))), "");
  store.template_known = store.draft_waits = false;
  EXPECT_EQ(refusal(run_task(inbox.start_sequence(request, id, Uuid::v7()))), "not_found template_id");
  EXPECT_EQ(refusal(run_task(inbox.start_sequence(request, Uuid::v7(), {}))), "not_found conversation_id");
  EXPECT_EQ(refusal(run_task(inbox.approve_draft(request, id, Uuid::v7(), {}))), "not_found message_id");
  EXPECT_EQ(refusal(run_task(inbox.discard_draft(request, id, Uuid::v7()))), "not_found message_id");
  EXPECT_EQ(refusal(run_task(inbox.get_conversation(request, Uuid::v7()))), "not_found conversation_id");
  EXPECT_EQ(refusal(run_task(inbox.best_time(request, Uuid::v7()))), "not_found conversation_id");
  EXPECT_EQ(refusal(run_task(inbox.generate_draft(request, Uuid::v7(), {}))), "not_found conversation_id");
  EXPECT_EQ(refusal(run_task(inbox.generate_draft(request, id, {}))), "");
}

TEST_F(InboxTest, AMarkIsOfAConversationOfOnesOwn) {
  const Uuid id = store.add();
  EXPECT_EQ(run_task(inbox.mark_read(request, id))->unread_count, 0);
  EXPECT_EQ(run_task(inbox.mark_unread(request, id))->unread_count, 1);
  EXPECT_EQ(refusal(run_task(inbox.mark_read(request, Uuid::v7()))), "not_found conversation_id");
  EXPECT_EQ(refusal(run_task(inbox.mark_unread(request, Uuid::v7()))), "not_found conversation_id");
}

TEST_F(InboxTest, BadgesCountTasksUntilTheEndOfToday) {
  ASSERT_TRUE(run_task(inbox.read_badges(request, {})));
  EXPECT_EQ(format_rfc3339(store.due.first), "2026-11-24T00:00:00.000000Z");
  EXPECT_EQ(store.due.second, now);
  ASSERT_TRUE(run_task(inbox.read_badges(request, now - std::chrono::hours(1))));
  EXPECT_EQ(store.due.second, now - std::chrono::hours(1)) << "what is overdue is due";
}

TEST_F(InboxTest, FiguresCoverThirtyDaysWithToday) {
  ASSERT_TRUE(run_task(inbox.get_analytics(request)));
  EXPECT_EQ(request.valid_until, std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1))
      << "another day, another answer";
  EXPECT_EQ(format_rfc3339(store.since), "2026-10-25T00:00:00.000000Z");
}

}  // namespace
}  // namespace salesflow::inbox
