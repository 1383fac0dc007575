// What figures of templates count, on a real PostgreSQL: replies, windows, changes, and what goes without a trigger.
#include "tests/support/templates_rig.hpp"

namespace salesflow::analytics {
namespace {

using test::Login;

class TemplatesLive : public TemplatesRig {};

TEST_F(TemplatesLive, ReplyBelongsToTheLatestMessageBeforeItAndCountsOnce) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  add("2026-03-28T11:00:00Z", "outbound", "v2");
  add("2026-03-28T11:30:00Z", "outbound", "v3", "skipped");
  add("2026-03-28T12:00:00Z", "inbound");
  add("2026-03-28T12:30:00Z", "inbound");
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1, v3 0/0");
  refresh();
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1, v3 0/0");
  fold();
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1, v3 0/0");
  // A change of the conversation's other side computes it anew: what was counted before is taken back.
  add("2026-03-29T12:30:00Z", "inbound");
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1, v3 0/0");
  refresh();
  fold();
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1, v3 0/0");
  EXPECT_EQ(wrong(), "");
}

TEST_F(TemplatesLive, WindowEndsAtItsLastInstant) {
  const struct {
    const char* delay;
    ReplyWindow window;
    const char* within;
  } cases[] = {{"1 hour", ReplyWindow::hour, "v1 1/1"},
               {"1 hour 1 microsecond", ReplyWindow::hour, "v1 0/1"},
               {"24 hours", ReplyWindow::day, "v1 1/1"},
               {"24 hours 1 microsecond", ReplyWindow::day, "v1 0/1"},
               {"72 hours", ReplyWindow::three_days, "v1 1/1"},
               {"168 hours 1 microsecond", ReplyWindow::seven_days, "v1 0/1"},
               {"720 hours", ReplyWindow::thirty_days, "v1 1/1"},
               {"720 hours 1 microsecond", ReplyWindow::thirty_days, "v1 0/1"},
               {"0 hours", ReplyWindow::thirty_days, "v1 0/1"}};
  for (const auto& c : cases) {
    database_.run("TRUNCATE message_events");
    add("2026-03-01T10:00:00Z", "outbound", "v1");
    add("2026-03-01T10:00:00Z", "inbound");
    database_.run("UPDATE message_events SET created_at = created_at + $1::interval WHERE direction = 'inbound'",
                  {c.delay});
    EXPECT_EQ(replies(c.window), c.within) << c.delay << ", from messages";
    refresh();
    EXPECT_EQ(replies(c.window), c.within) << c.delay << ", summed up";
    EXPECT_EQ(difference(all_days(TemplateScope::user, c.window)), "");
  }
}

TEST_F(TemplatesLive, LateEditedDeletedAndMovedMessagesMoveTheFiguresAtOnce) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  const auto answer = add("2026-03-28T12:00:00Z", "inbound");
  refresh();
  fold();
  EXPECT_EQ(replies(), "v1 1/1");
  const auto late = add("2026-03-28T11:00:00Z", "outbound", "v2");
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1") << "the conversation stands in the log: its sums are corrected";
  database_.run("UPDATE message_events SET autopilot_status = 'skipped' WHERE id = $1", {late});
  EXPECT_EQ(replies(), "v1 1/1, v2 0/0");
  refresh();
  database_.run("UPDATE message_events SET template_version = 'v4' WHERE template_version = 'v1'");
  EXPECT_EQ(replies(), "v2 0/0, v4 1/1");
  database_.run("UPDATE message_events SET created_at = '2026-03-27T23:59:59Z' WHERE id = $1", {answer});
  EXPECT_EQ(replies(), "v2 0/0, v4 0/1");
  refresh();
  fold();
  EXPECT_EQ(replies(), "v2 0/0, v4 0/1");
  database_.run("UPDATE message_events SET created_at = '2026-03-28T12:00:00Z' WHERE id = $1", {answer});
  refresh();
  database_.run("DELETE FROM message_events WHERE id = $1", {answer});
  EXPECT_EQ(replies(), "v2 0/0, v4 0/1");
  database_.run("UPDATE message_events SET user_id = $1, org_id = $2",
                {ben_.user_id.to_string(), ben_.org_id.to_string()});
  EXPECT_EQ(replies(), "");
  refresh();
  EXPECT_EQ(replies(), "");
  EXPECT_EQ(wrong(), "");
}

TEST_F(TemplatesLive, SuggestedReplyIsNotWorthAnEntry) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  refresh();
  ASSERT_EQ(entries(), 0);
  database_.run("UPDATE message_events SET suggested_reply = '{\"text\": \"x\"}', normalized_text = 'y'");
  EXPECT_EQ(entries(), 0);
  database_.run("UPDATE message_events SET persona_variant = 'formal'");
  EXPECT_EQ(entries(), 1);
}

TEST_F(TemplatesLive, RefreshTakesWhatItComputesAndNothingElse) {
  for (int i = 0; i < 30; ++i) {
    contact_ = Uuid::v7();
    add(fmt::format("2026-03-{:02}T10:00:00Z", 1 + i), "outbound", "v1");
    add(fmt::format("2026-03-{:02}T11:00:00Z", 1 + i), "inbound");
  }
  for (int i = 0; i < 100 && entries() > 0; ++i) {
    EXPECT_EQ(replies(), "v1 30/30");
    refresh(7);
    EXPECT_EQ(wrong(), "");
    if (i % 3 == 0)
      fold();
  }
  EXPECT_EQ(entries(), 0);
  EXPECT_EQ(replies(), "v1 30/30");
  // Another message of a conversation that has been taken: its entry is kept, also by a refresh that takes others.
  add("2026-03-30T12:00:00Z", "outbound", "v1");
  contact_ = Uuid::v7();
  add("2026-03-30T12:00:00Z", "outbound", "v1");
  refresh(1);
  EXPECT_EQ(replies(), "v1 30/32");
  EXPECT_EQ(wrong(), "");
}

TEST_F(TemplatesLive, FoundRowsMayMissAnything) {
  database_.run(
      "ALTER TABLE message_events REPLICA IDENTITY DEFAULT; ALTER TABLE message_events ALTER user_id DROP NOT NULL, "
      "ALTER channel DROP NOT NULL, ALTER direction DROP NOT "
      "NULL, ALTER autopilot_status DROP NOT NULL, ALTER created_at DROP NOT NULL; ALTER TABLE message_events DISABLE "
      "TRIGGER salesflow_fill_org");
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  add("2026-03-28T11:00:00Z", "inbound");
  for (const char* column : {"user_id", "org_id", "contact_id", "channel", "direction", "autopilot_status",
                             "template_version", "persona_variant", "created_at"}) {
    for (const char* at : {"2026-03-28T10:30:00Z", "infinity", "-infinity", "0001-01-01 BC"}) {
      const auto id = add(at, "outbound", std::string(300, 'v') + column);
      database_.run(fmt::format("UPDATE message_events SET {} = NULL WHERE id = $1", column), {id});
      const auto answer = add(at, "inbound");
      database_.run(fmt::format("UPDATE message_events SET {} = NULL WHERE id = $1", column), {answer});
    }
  }
  for (int i = 0; i < 2; ++i) {
    for (const auto scope : {TemplateScope::user, TemplateScope::organization}) {
      auto filter = all_days(scope);
      filter.by_channel = true;
      EXPECT_EQ(difference(filter), "");
    }
    EXPECT_EQ(wrong(), "");
    refresh();
  }
}

TEST_F(TemplatesLive, EmptiedTableHasNoFiguresAtOnce) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  add("2026-03-28T11:00:00Z", "inbound");
  refresh();
  fold();
  database_.run("TRUNCATE message_events");
  EXPECT_EQ(replies(), "");
  EXPECT_EQ(wrong(), "");
}

TEST_F(TemplatesLive, RowsThatGoWithoutTriggersAreInvalidatedByHand) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  add("2026-03-28T11:00:00Z", "inbound");
  add("2026-02-28T11:00:00Z", "outbound", "v1");
  refresh();
  fold();
  // As a partition that is detached.
  database_.run(
      "BEGIN; CALL salesflow.invalidate_rows('event_invalidations', '(SELECT * FROM public.message_events WHERE "
      "created_at >= ''2026-03-01'')'); SET LOCAL session_replication_role = replica; DELETE FROM message_events WHERE "
      "created_at >= '2026-03-01'; COMMIT");
  EXPECT_EQ(replies(), "v1 0/1");
  refresh();
  EXPECT_EQ(replies(), "v1 0/1");
  EXPECT_EQ(wrong(), "");
}

}  // namespace
}  // namespace salesflow::analytics
