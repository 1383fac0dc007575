// Sequences on a real PostgreSQL: steps counted from the start, drafts, pauses, and workers that race or die.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::SqlSession;
using test::TestDatabase;

struct Sequences : ::testing::Test {
  TestDatabase database;
  TestDatabase::Account a = database.create_account("a@example.com"), b = database.create_account("b@example.com");

  /// A conversation in phase 1 whose sequence began so many hours ago.
  std::string begin(int hours_ago, const std::string& template_id = "") {
    return database
        .run(
            "INSERT INTO dm_conversations (user_id, platform, platform_contact_handle, status, "
            "current_sequence_phase, sequence_started_at, next_sequence_action_at, sequence_template_id) VALUES ($1, "
            "'whatsapp', '@eva', 'in_sequence', 1, now() - $2::int * interval '1 hour', now() + (48 - $2::int) * "
            "interval '1 hour', nullif($3, '')::uuid) RETURNING id",
            {a.user_id.to_string(), std::to_string(hours_ago), template_id})
        .value();
  }
  std::string make_template(const std::string& steps) {
    return database
        .run("INSERT INTO dm_sequence_templates (user_id, name, sequence_steps) VALUES ($1, 'Mine', $2) RETURNING id",
             {a.user_id.to_string(), steps})
        .value();
  }
  std::string work() {
    return database
        .run_as(Login::worker,
                "SELECT string_agg(concat_ws(' ', action, message_type), ',') FROM "
                "salesflow.process_due_sequences(100)")
        .value();
  }
  /// status, phase, hours from the start to the next step, messages sent, drafts.
  std::string state(const std::string& id) {
    return database
        .run(
            "SELECT concat_ws(' ', c.status, c.current_sequence_phase, coalesce((extract(epoch FROM "
            "c.next_sequence_action_at - c.sequence_started_at) / 3600)::int::text, '-'), c.messages_sent, (SELECT "
            "count(*) FROM dm_messages AS m WHERE m.conversation_id = c.id AND m.delivery_status = 'pending')) FROM "
            "dm_conversations AS c WHERE c.id = $1",
            {id})
        .value();
  }
  void approve() {
    database.run("UPDATE dm_messages SET delivery_status = 'sent', sent_at = now() WHERE delivery_status = 'pending'");
    database.run("UPDATE dm_conversations SET status = 'in_sequence' WHERE status = 'needs_human_attention'");
  }
};

TEST_F(Sequences, StepsAreDueTheirDelayAfterTheStartAndDraftsAreNotSent) {
  const std::string early = begin(47), id = begin(49);
  EXPECT_EQ(work(), "draft_created trust_message");
  EXPECT_EQ(state(early), "in_sequence 1 48 0 0");
  EXPECT_EQ(state(id), "needs_human_attention 2 120 0 1") << "a draft is not counted as sent";
  EXPECT_EQ(database
                .run("SELECT last_message_at IS NULL AND last_outbound_at IS NULL AND last_message_text IS NULL "
                     "FROM dm_conversations WHERE id = $1",
                     {id})
                .value(),
            "t");
  EXPECT_EQ(database
                .run("SELECT content LIKE 'Hallo @eva, %' AND is_ai_generated AND sequence_phase = 2 FROM "
                     "dm_messages")
                .value(),
            "t");
  EXPECT_EQ(work(), "") << "it waits for its approval";
  approve();
  EXPECT_EQ(state(id), "in_sequence 2 120 1 0");
  EXPECT_EQ(work(), "") << "120 hours from the start, not from the step before";
  database.run(
      "UPDATE dm_conversations SET sequence_started_at = now() - interval '121 hours', "
      "next_sequence_action_at = now() - interval '1 hour' WHERE id = $1",
      {id});
  EXPECT_EQ(work(), "draft_created clarity_message");
  EXPECT_EQ(state(id), "needs_human_attention 3 288 1 1");
  approve();
  database.run(
      "UPDATE dm_conversations SET sequence_started_at = now() - interval '400 hours', "
      "next_sequence_action_at = now() WHERE id = $1",
      {id});
  EXPECT_EQ(work(), "draft_created pivot_message") << "a step without a text gets one";
  EXPECT_EQ(state(id), "needs_human_attention 4 360 2 1");
  approve();
  EXPECT_EQ(work(), "archived");
  EXPECT_EQ(state(id), "archived 4 - 3 0");
}

TEST_F(Sequences, AStepWithItsOwnTextIsSent) {
  const std::string mine = make_template(
      R"([{"phase": 1, "delay_hours": 0}, {"phase": 2, "name": "hello", "delay_hours": 24, "message_template": "Hi {{name}}!"}])");
  const std::string id = begin(50, mine);
  EXPECT_EQ(work(), "message_sent hello");
  EXPECT_EQ(state(id), "in_sequence 2 96 1 0");
  EXPECT_EQ(database.run("SELECT content || delivery_status FROM dm_messages").value(), "Hi @eva!sent");
}

TEST_F(Sequences, AFoundSequenceWithoutAStartGoesOnFromItsPlan) {
  const std::string id = begin(49);
  database.run("UPDATE dm_conversations SET sequence_started_at = NULL");
  EXPECT_EQ(work(), "draft_created trust_message");
  EXPECT_EQ(state(id), "needs_human_attention 2 120 0 1");
}

TEST_F(Sequences, PausesEndByThemselves) {
  const std::string id = begin(100), waiting = begin(10);
  const std::string plain = database
                                .run(
                                    "INSERT INTO dm_conversations (user_id, platform, status, pause_until) VALUES "
                                    "($1, 'email', 'delay_requested', now()) RETURNING id",
                                    {a.user_id.to_string()})
                                .value();
  database.run(
      "UPDATE dm_conversations SET sequence_paused = true, pause_until = now() + interval '1 day' WHERE id = "
      "ANY (ARRAY[$1, $2]::uuid[])",
      {id, waiting});
  EXPECT_EQ(work(), "pause_ended");
  EXPECT_EQ(state(plain).substr(0, 21), "needs_human_attention");
  EXPECT_EQ(work(), "") << "a pause holds a step that is due";
  database.run("UPDATE dm_conversations SET pause_until = now() WHERE sequence_paused");
  EXPECT_EQ(work(), "pause_ended,pause_ended");
  EXPECT_EQ(state(id), "in_sequence 1 48 0 0");
  EXPECT_EQ(state(waiting), "in_sequence 1 48 0 0");
  EXPECT_EQ(work(), "draft_created trust_message") << "the overdue step comes, the other keeps its time";
  EXPECT_EQ(state(id), "needs_human_attention 2 120 0 1") << "the pause has moved the start";
  EXPECT_EQ(database
                .run("SELECT next_sequence_action_at > now() + interval '71 hours' FROM dm_conversations WHERE id "
                     "= $1",
                     {id})
                .value(),
            "t");
}

TEST_F(Sequences, AReplyEndsItWhoeverStoresTheReply) {
  const std::string id = begin(49);
  database.run(
      "INSERT INTO dm_messages (user_id, conversation_id, direction, content) VALUES ($1, $2, 'inbound', 'Hi')",
      {a.user_id.to_string(), id});
  EXPECT_EQ(state(id).substr(0, 7), "replied");
  EXPECT_EQ(work(), "");
}

TEST_F(Sequences, ABrokenTemplateAsksForAHumanAndHoldsNobodyUp) {
  for (const char* steps : {R"([{"phase": 2, "delay_hours": "soon", "message_template": "x"}])", R"({"phase": 2})",
                            R"([{"phase": "two"}])"}) {
    const std::string id = begin(60, make_template(steps)), good = begin(55);
    EXPECT_EQ(work(), "failed,draft_created trust_message") << steps;
    EXPECT_EQ(state(id).substr(0, 23), "needs_human_attention 1") << steps;
    EXPECT_EQ(work(), "");
    EXPECT_EQ(state(good), "needs_human_attention 2 120 0 1");
  }
}

TEST_F(Sequences, EverybodysTemplateIsReadByAllAndChangedByNone) {
  const auto as_a = [&](const std::string& sql) { return database.run_as_tenant(a.user_id, a.org_id, sql); };
  EXPECT_EQ(as_a("SELECT count(*) FROM dm_sequence_templates WHERE user_id IS NULL").integer(), 1);
  EXPECT_EQ(as_a("DELETE FROM dm_sequence_templates").affected, 0);
  EXPECT_EQ(as_a("UPDATE dm_sequence_templates SET name = 'x'").affected, 0);
  EXPECT_ANY_THROW(as_a("INSERT INTO dm_sequence_templates (name) VALUES ('for all')"));
  EXPECT_ANY_THROW(
      as_a("UPDATE dm_sequence_templates SET user_id = current_setting('app.user_id')::uuid RETURNING 1 / 0"));
  EXPECT_ANY_THROW(database.run_as(Login::app, "SELECT salesflow.process_due_sequences(1)"));
}

TEST_F(Sequences, AUserProcessesTheirOwnOnly) {
  begin(49);
  const std::string mine = "SELECT count(*) FROM advance_sequences(ARRAY(SELECT id FROM dm_conversations))";
  const std::string id = database.run("SELECT id FROM dm_conversations").value();
  EXPECT_EQ(
      database.run_as_tenant(b.user_id, b.org_id, "SELECT count(*) FROM advance_sequences(ARRAY['" + id + "']::uuid[])")
          .integer(),
      0);
  EXPECT_EQ(database.run_as_tenant(a.user_id, a.org_id, mine).integer(), 1);
}

TEST_F(Sequences, WorkersThatRaceSendEachStepOnce) {
  const std::string mine = make_template(
      R"([{"phase": 2, "delay_hours": 1, "message_template": "two"}, {"phase": 3, "delay_hours": 2, "message_template": "three"}])");
  for (int i = 0; i < 60; ++i)
    begin(500, mine);
  std::vector<std::thread> workers;
  std::atomic<int> done = 0, failed = 0;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&] {
      auto session = SqlSession::connect(database.url(Login::worker)).value();
      for (int idle = 0; idle < 20;) {
        const auto n = session.run("SELECT count(*) FROM salesflow.process_due_sequences(7)");
        if (n.has_error()) {
          ++failed;
          return;
        }
        done += static_cast<int>(n->integer());
        idle = n->integer() == 0 ? idle + 1 : 0;
      }
    });
  }
  for (auto& worker : workers)
    worker.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(done, 180) << "two steps and the end of each";
  EXPECT_EQ(database.run("SELECT count(*) || ' ' || count(DISTINCT (conversation_id, sequence_phase)) FROM dm_messages")
                .value(),
            "120 120");
  EXPECT_EQ(
      database.run("SELECT count(*) FROM dm_conversations WHERE status = 'archived' AND messages_sent = 2").integer(),
      60);
}

TEST_F(Sequences, AWorkerThatDiesLeavesItsStepsDueAndHoldsNobodyUp) {
  const std::string held = begin(60), other = begin(55);
  auto dying = SqlSession::connect(database.url(Login::worker)).value();
  ASSERT_TRUE(dying.run("BEGIN"));
  EXPECT_EQ(dying.run("SELECT count(*) FROM salesflow.process_due_sequences(1)")->integer(), 1);
  EXPECT_EQ(work(), "draft_created trust_message") << "the other one, without waiting";
  EXPECT_EQ(state(other), "needs_human_attention 2 120 0 1");
  EXPECT_EQ(state(held), "in_sequence 1 48 0 0");
  const auto pid = dying.run("SELECT pg_backend_pid()")->integer();
  database.run("SELECT pg_terminate_backend($1::int, 5000)", {std::to_string(pid)});
  EXPECT_EQ(work(), "draft_created trust_message");
  EXPECT_EQ(state(held), "needs_human_attention 2 120 0 1");
  EXPECT_EQ(database.run("SELECT count(*) FROM dm_messages").integer(), 2);
}

TEST_F(Sequences, UnreadAndNewestMessageFollowInAnyOrder) {
  const std::string id = begin(0);
  const auto insert = [&](const std::string& direction, const std::string& at, const std::string& how = "sent") {
    database.run(
        "INSERT INTO dm_messages (user_id, conversation_id, direction, content, sent_at, delivery_status) "
        "VALUES ($1, $2, $3::text, $3::text || ' ' || $4::text, $4::text::timestamptz, $5)",
        {a.user_id.to_string(), id, direction, at, how});
    return database
        .run("SELECT concat_ws(' ', unread_key, last_message_text) FROM dm_conversations WHERE id = $1", {id})
        .value();
  };
  EXPECT_EQ(insert("inbound", "2026-01-02Z"), "1 inbound 2026-01-02Z");
  EXPECT_EQ(insert("inbound", "2026-01-01Z"), "2 inbound 2026-01-02Z");
  EXPECT_EQ(insert("outbound", "2026-01-01 12:00Z"), "1 inbound 2026-01-02Z");
  EXPECT_EQ(insert("outbound", "2026-01-05Z", "pending"), "1 inbound 2026-01-02Z");
  EXPECT_EQ(insert("outbound", "2026-01-03Z"), "0 outbound 2026-01-03Z");
  EXPECT_EQ(insert("inbound", "2026-01-02 12:00Z"), "0 outbound 2026-01-03Z");
  database.run("DELETE FROM dm_messages WHERE sent_at = '2026-01-03Z'");
  EXPECT_EQ(insert("inbound", "2026-01-04Z"), "3 inbound 2026-01-04Z");
  database.run("UPDATE dm_messages SET content = 'edited' WHERE sent_at = '2026-01-04Z'");
  EXPECT_EQ(database.run("SELECT last_message_text || messages_sent FROM dm_conversations").value(), "edited1");
  database.run("UPDATE dm_messages SET delivery_status = 'sent' WHERE delivery_status = 'pending'");
  EXPECT_EQ(
      database.run("SELECT concat_ws(' ', unread_key, last_message_text, messages_sent) FROM dm_conversations").value(),
      "0 outbound 2026-01-05Z 2");
}

}  // namespace
}  // namespace salesflow
