// Badges against a recount of the rows after random writes, and the mark as read, on a real PostgreSQL.
#include <fmt/format.h>
#include <rapidcheck.h>

#include "tests/support/inbox_rig.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::inbox {
namespace {

class InboxBadges : public InboxRig {
 protected:
  BadgesRow badges() {
    const auto found = run_task(context_, inbox_.read_badges(request_, std::nullopt));
    EXPECT_TRUE(found && *found) << found.error().log_detail;
    kept_badges_ = *found;
    return *kept_badges_.row;
  }
  ReadRow mark(const Uuid& id, bool is_read) {
    const auto marked = run_task(context_, is_read ? inbox_.mark_read(request_, id) : inbox_.mark_unread(request_, id));
    EXPECT_TRUE(marked) << marked.error().log_detail;
    return *marked;
  }
  /// All figures as one text, as read_badges says them.
  std::string said() {
    const BadgesRow row = badges();
    const auto inbox = page({}, {});
    return fmt::format("{}/{} unread {}/{} attention {}+{}+{} drafts {} replies {} list {}/{} {} {}", row.open,
                       row.conversations, row.unread, row.unread_messages, row.attention_at_once, row.unanswered,
                       row.steps_due, row.drafts, row.replies, inbox.totals.unread_total,
                       inbox.totals.needs_attention_count, row.by_status.text, row.by_platform.text);
  }
  /// The same from the rows: messages are counted anew, kept columns are not looked at.
  std::string recounted() {
    return database_
        .run(
            R"sql(WITH c AS (
  SELECT c.platform::text AS platform, coalesce(c.status, 'new')::text AS status, coalesce(c.status, 'new') NOT IN ('archived', 'unsubscribed') AS open,
         (SELECT count(*) FROM dm_messages AS m WHERE m.conversation_id = c.id AND m.user_id = c.user_id AND m.direction = 'inbound'
          AND m.sent_at > coalesce(greatest(c.read_at, (SELECT max(o.sent_at) FROM dm_messages AS o WHERE o.conversation_id = c.id AND o.user_id = c.user_id
                                                        AND o.direction = 'outbound' AND o.delivery_status IS DISTINCT FROM 'pending')), '-infinity')) AS unread,
         c.status IN ('needs_human_attention', 'replied') AS at_once, c.status = 'dm_initiated_no_response' AND c.last_outbound_at <= now() - interval '72 hours' AS unanswered,
         c.status = 'in_sequence' AND c.sequence_paused IS NOT TRUE AND c.next_sequence_action_at <= now() AS due
  FROM dm_conversations AS c WHERE c.user_id = $1
), s AS (SELECT status, count(*) AS n, count(*) FILTER (WHERE unread > 0) AS unread, sum(unread) AS messages FROM c GROUP BY 1),
p AS (SELECT platform, count(*) AS n, count(*) FILTER (WHERE unread > 0) AS unread, sum(unread) AS messages FROM c WHERE open GROUP BY 1)
SELECT format('%s/%s unread %s/%s attention %s+%s+%s drafts %s replies %s list %s/%s %s %s', count(*) FILTER (WHERE open), count(*),
  count(*) FILTER (WHERE open AND unread > 0), coalesce(sum(unread) FILTER (WHERE open), 0), count(*) FILTER (WHERE at_once), count(*) FILTER (WHERE unanswered),
  count(*) FILTER (WHERE due), (SELECT count(*) FROM message_queue WHERE user_id = $1 AND status = 'pending'),
  (SELECT count(*) FROM message_events WHERE user_id = $1 AND autopilot_status = 'suggested'),
  coalesce(sum(unread) FILTER (WHERE open), 0), count(*) FILTER (WHERE at_once OR unanswered OR due),
  (SELECT coalesce(jsonb_object_agg(status, jsonb_build_object('conversations', n, 'unread', unread, 'unread_messages', messages)), '{}') FROM s),
  (SELECT coalesce(jsonb_object_agg(platform, jsonb_build_object('open', n, 'unread', unread, 'unread_messages', messages)), '{}') FROM p)) FROM c)sql",
            {anna_.user_id.to_string()})
        .value();
  }

  OneRow<BadgesRow> kept_badges_;
};
INSTANTIATE_TEST_SUITE_P(Modes, InboxBadges, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& info) { return info.param == PoolMode::direct ? "Direct" : "Pooled"; });

TEST_P(InboxBadges, EqualARecountAfterAnyWrites) {
  const std::string mine = anna_.user_id.to_string(), other = ben_.user_id.to_string();
  const std::vector<std::string> writes{
      "INSERT INTO dm_conversations (user_id, platform, status, next_sequence_action_at) SELECT CASE WHEN i % 5 = 0 "
      "THEN "
      "$2::uuid ELSE $1::uuid END, (ARRAY['email', 'sms', 'whatsapp'])[1 + (i + $3::int) % 3], (ARRAY['new', "
      "'replied', "
      "'in_sequence', 'archived', 'dm_initiated_no_response'])[1 + (i * 7 + $3::int) % 5], now() + ($3::int % 3 - 1) * "
      "interval '1 hour' FROM generate_series(1, 1 + $3::int % 6) AS i",
      "INSERT INTO dm_messages (user_id, conversation_id, direction, content, sent_at, delivery_status) SELECT "
      "user_id, "
      "id, CASE WHEN h % 3 = 0 THEN 'outbound' ELSE 'inbound' END, 'x', now() - h % 9 * interval '1 day', CASE WHEN h "
      "% 6 "
      "= 0 THEN 'pending' ELSE 'sent' END FROM dm_conversations, abs(hashtext(id::text || $3)) AS h WHERE h % 2 = 0 "
      "AND "
      "user_id IN ($1::uuid, $2::uuid)",
      "DELETE FROM dm_messages WHERE abs(hashtext(id::text || $3)) % 4 = 0 AND user_id IN ($1::uuid, $2::uuid)",
      "UPDATE dm_messages SET sent_at = sent_at - interval '2 days' WHERE abs(hashtext(id::text || $3)) % 4 = 0 AND "
      "user_id IN ($1::uuid, $2::uuid)",
      "UPDATE dm_messages SET delivery_status = 'sent' WHERE delivery_status = 'pending' AND user_id IN ($1::uuid, "
      "$2::uuid) AND $3 <> ''",
      "UPDATE dm_conversations SET status = (ARRAY['archived', 'unsubscribed', 'needs_human_attention', 'new'])[1 + "
      "$3::int % 4] WHERE abs(hashtext(id::text || $3)) % 3 = 0 AND user_id IN ($1::uuid, $2::uuid)",
      "UPDATE dm_conversations SET sequence_paused = NOT coalesce(sequence_paused, false) WHERE abs(hashtext(id::text "
      "|| "
      "$3)) % 3 = 0 AND user_id IN ($1::uuid, $2::uuid)",
      "UPDATE dm_conversations SET read_at = now() - $3::int % 10 * interval '1 day' WHERE abs(hashtext(id::text || "
      "$3)) "
      "% 3 = 0 AND user_id IN ($1::uuid, $2::uuid)",
      "DELETE FROM dm_conversations WHERE abs(hashtext(id::text || $3)) % 5 = 0 AND user_id IN ($1::uuid, $2::uuid)",
      "INSERT INTO message_queue (user_id, message, status) SELECT CASE WHEN i % 3 = 0 THEN $2::uuid ELSE $1::uuid "
      "END, "
      "'x', CASE WHEN (i + $3::int) % 4 = 0 THEN 'skipped' ELSE 'pending' END FROM generate_series(1, 5) AS i",
      "UPDATE message_queue SET status = CASE status WHEN 'pending' THEN 'approved' ELSE 'pending' END WHERE "
      "abs(hashtext(id::text || $3)) % 3 = 0 AND user_id IN ($1::uuid, $2::uuid)",
      "INSERT INTO message_events (user_id, channel, direction, normalized_text, autopilot_status) SELECT CASE WHEN "
      "$3::int % 2 = 0 THEN $2::uuid ELSE $1::uuid END, 'email', 'inbound', 'x', 'suggested'",
  };
  auto session = test::SqlSession::connect(database_.url(test::Login::superuser)).value();
  const bool holds = rc::check("badges are what the rows say", [&] {
    const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
        *rc::gen::inRange(1, 8),
        rc::gen::pair(rc::gen::inRange(0, static_cast<int>(writes.size()) + 4), rc::gen::inRange(0, 1000)));
    for (const auto& [step, seed] : steps) {
      const auto write = static_cast<std::size_t>(step);
      if (write < writes.size()) {
        session.run("BEGIN").value();
        session.run(writes[write], {mine, other, std::to_string(seed)}).value();
        session.run(seed % 4 == 0 ? "ROLLBACK" : "COMMIT").value();
      } else if (write < writes.size() + 2) {
        database_.run_as(test::Login::worker, "SELECT salesflow.fold_rollups(" + std::to_string(1 + seed) + ")");
      } else {
        const auto ids = database_.run("SELECT id FROM dm_conversations WHERE user_id = $1 ORDER BY id", {mine});
        if (!ids.rows.empty())
          mark(*Uuid::parse(ids.value(static_cast<std::size_t>(seed) % ids.rows.size())), write % 2 == 0);
      }
      RC_ASSERT(said() == recounted());
    }
  });
  EXPECT_TRUE(holds);
  EXPECT_EQ(
      database_
          .run_as(test::Login::worker,
                  "SELECT coalesce(string_agg(name, ','), '') FROM salesflow.verify_rollups() WHERE wrong_groups <> 0")
          .value(),
      "");
}

/// Nobody writes: badges and the inbox say when they will say something else, and do then.
TEST_P(InboxBadges, EndWhenTimeAloneChangesThem) {
  const auto later = system_now() + std::chrono::hours(100'000);
  const auto ends = [&](auto ask) {
    request_.valid_until = TimePoint::max();
    ask();
    return request_.valid_until;
  };
  const auto ask_badges = [&] { EXPECT_TRUE(run_task(context_, inbox_.read_badges(request_, later))); };
  const auto ask_inbox = [&] { (void)page({}, {}); };
  const auto instant = [&](const std::string& sql) {
    return parse_rfc3339(
               database_.run("SELECT to_char((" + sql + ") AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
                   .value())
        .value();
  };
  make("email", "new");
  EXPECT_EQ(ends(ask_badges), TimePoint::max());
  EXPECT_EQ(ends(ask_inbox), TimePoint::max());
  // Three days without an answer, in four seconds; a sequence's step, later.
  make("email", "dm_initiated_no_response");
  make("email", "in_sequence");
  database_.run(
      "UPDATE dm_conversations SET last_outbound_at = now() - interval '72 hours' + interval '4 seconds', "
      "next_sequence_action_at = now() + interval '1 hour'");
  const auto due = instant("SELECT attention_at FROM dm_conversations WHERE status = 'dm_initiated_no_response'");
  EXPECT_EQ(ends(ask_badges), due);
  EXPECT_EQ(ends(ask_inbox), due);
  InboxFilter search;
  search.search = "@eva";
  EXPECT_EQ(ends([&] { (void)page(search, {}); }), due);
  InboxFilter two;
  two.statuses = {Status::new_, Status::in_sequence};
  for (const Sort sort : {Sort::priority, Sort::newest}) {
    Wanted wanted;
    wanted.sort = sort;
    EXPECT_EQ(ends([&] { (void)page(two, wanted); }), due) << enum_name(sort);
  }
  EXPECT_EQ(badges().unanswered, 0);
  EXPECT_TRUE(test::wait_until([&] { return badges().unanswered == 1; }));
  EXPECT_GE(system_now(), due);
  const auto step = instant("SELECT attention_at FROM dm_conversations WHERE status = 'in_sequence'");
  EXPECT_EQ(ends(ask_badges), step) << "what counts already ends nothing";
  // A task that rests, and one that becomes overdue.
  database_.run(
      "INSERT INTO tasks (org_id, assigned_to, title, due_at, status, snoozed_until) VALUES ($1, $2, 'Call', now() - "
      "interval '1 day', 'snoozed', now() + interval '30 minutes'), ($1, $2, 'Call', now() + interval '40 minutes', "
      "'pending', NULL)",
      {anna_.org_id.to_string(), anna_.user_id.to_string()});
  const auto back = instant("SELECT min(snoozed_until) FROM tasks");
  EXPECT_EQ(ends(ask_badges), back);
  database_.run("UPDATE tasks SET snoozed_until = now() - interval '1 second' WHERE status = 'snoozed'");
  const auto overdue = instant("SELECT max(due_at) FROM tasks");
  EXPECT_EQ(ends(ask_badges), overdue);
  // Days since the last contact count up.
  database_.run(
      "DELETE FROM dm_conversations WHERE status <> 'new'; UPDATE dm_conversations SET last_message_at = "
      "date_trunc('milliseconds', now()) - interval '47 hours'");
  const auto next_day = instant("SELECT last_message_at + interval '48 hours' FROM dm_conversations");
  EXPECT_EQ(ends(ask_inbox), next_day);
  // Whoever does not say when today ends counts until midnight, UTC.
  EXPECT_LE(ends([&] { (void)badges(); }), std::chrono::floor<std::chrono::days>(system_now()) + std::chrono::days(1));
}

TEST_P(InboxBadges, AConversationIsReadWithoutAnAnswerAndUnreadAgain) {
  const Uuid id = make("email", "new");
  add(id, Direction::outbound, "Hallo Eva");
  EXPECT_EQ(mark(id, true).unread_count, 0);
  database_.run("UPDATE dm_messages SET sent_at = sent_at - interval '1 hour'");
  add(id, Direction::inbound, "Ja?");
  add(id, Direction::inbound, "Hallo?");
  EXPECT_EQ(badges().unread_messages, 2);
  const auto read = mark(id, true);
  EXPECT_EQ(read.unread_count, 0);
  ASSERT_TRUE(read.read_at);
  EXPECT_EQ(badges().unread, 0);
  EXPECT_EQ(badges().attention_at_once, 1) << "who has read has not answered";
  EXPECT_EQ(mark(id, true).row_version, read.row_version) << "twice is once";
  add(id, Direction::inbound, "Noch da?");
  EXPECT_EQ(badges().unread_messages, 1) << "what comes later is unread";
  const auto unread = mark(id, false);
  EXPECT_EQ(unread.unread_count, 3);
  EXPECT_FALSE(unread.read_at);
  EXPECT_EQ(mark(id, false).row_version, unread.row_version);
  EXPECT_EQ(page({}, {}).items.rows.at(0).unread_count, 3);
  database_.run("UPDATE dm_conversations SET status = 'archived'");
  EXPECT_EQ(badges().unread_messages, 0) << "an archived conversation is nobody's badge";
  EXPECT_EQ(page({}, {}).totals.unread_total, 0);
  EXPECT_EQ(badges().conversations, 1);
}

TEST_P(InboxBadges, AForeignConversationCannotBeMarked) {
  const Uuid id = make();
  add(id, Direction::inbound, "Hallo");
  act_as(ben_);
  for (const bool is_read : {true, false}) {
    const auto refused =
        run_task(context_, is_read ? inbox_.mark_read(request_, id) : inbox_.mark_unread(request_, id));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::not_found);
  }
  EXPECT_EQ(badges().unread, 0);
  act_as(anna_);
  EXPECT_EQ(badges().unread, 1);
}

/// The message is there when the mark is set, and its transaction is not over.
TEST_P(InboxBadges, AMessageThatComesWhileItIsReadStaysUnread) {
  const Uuid id = make();
  add(id, Direction::inbound, "Hallo");
  auto writer = test::SqlSession::connect(database_.url(test::Login::superuser)).value();
  writer.run("BEGIN").value();
  writer
      .run(
          "INSERT INTO dm_messages (user_id, conversation_id, direction, content) VALUES ($1, $2, 'inbound', 'Noch "
          "was')",
          {anna_.user_id.to_string(), id.to_string()})
      .value();
  std::thread commit([&] {
    std::this_thread::sleep_for(300ms);
    writer.run("COMMIT").value();
  });
  const auto read = mark(id, true);
  commit.join();
  EXPECT_EQ(read.unread_count, 1);
  EXPECT_EQ(get(id).messages_received, 2);
  EXPECT_EQ(badges().unread_messages, 1);
}

TEST_P(InboxBadges, WhatTheClockDecidesStopsAtTenThousandAndTasksAreTheCallersOwn) {
  database_.run(
      "INSERT INTO dm_conversations (user_id, platform, status, last_outbound_at) SELECT $1, 'email', "
      "'dm_initiated_no_response', now() - interval '80 hours' FROM generate_series(1, 10005)",
      {anna_.user_id.to_string()});
  database_.run(
      "INSERT INTO tasks (org_id, assigned_to, title, due_at, status, snoozed_until) SELECT $1, $2, 't', now() + i * "
      "interval '1 day', CASE WHEN i = -3 THEN 'completed' WHEN i = -4 THEN 'snoozed' ELSE 'pending' END, CASE WHEN i "
      "= -4 "
      "THEN now() + interval '1 hour' END FROM generate_series(-4, 3) AS i",
      {anna_.org_id.to_string(), anna_.user_id.to_string()});
  const BadgesRow row = badges();
  EXPECT_EQ(row.unanswered, badge_rows_max + 1);
  EXPECT_EQ(row.open, 10'005);
  EXPECT_EQ(row.tasks_overdue, 3) << "not what is completed or sleeps";
  EXPECT_GE(row.tasks_due, row.tasks_overdue);
  const auto totals = page({}, {}).totals;
  EXPECT_EQ(totals.needs_attention_count, badge_rows_max);
  EXPECT_TRUE(totals.attention_is_capped);
}

}  // namespace
}  // namespace salesflow::inbox
