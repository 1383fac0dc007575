// What people do with a conversation: its status, its sequence, its drafts.
#include "tests/support/inbox_rig.hpp"

namespace salesflow::inbox {
namespace {

class InboxActions : public InboxRig {
 protected:
  void say(Uuid conversation, const std::string& direction, const std::string& content, int hours_ago,
           const std::string& how = "sent") {
    database_.run(
        "INSERT INTO dm_messages (user_id, conversation_id, direction, content, delivery_status, sent_at) VALUES ($1, "
        "$2, $3, $4, $5, now() - $6::int * interval '1 hour')",
        {anna_.user_id.to_string(), conversation.to_string(), direction, content, how, std::to_string(hours_ago)});
  }
  Uuid draft(Uuid conversation) {
    say(conversation, "outbound", "Na?", 0, "pending");
    return Uuid::parse(database_.run("SELECT id FROM dm_messages WHERE delivery_status = 'pending'").value()).value();
  }
  void set(Uuid conversation, const std::string& columns) {
    database_.run("UPDATE dm_conversations SET " + columns + " WHERE id = $1", {conversation.to_string()});
  }
  Uuid make_template(const std::string& columns, const std::string& values) {
    return Uuid::parse(database_
                           .run("INSERT INTO dm_sequence_templates (user_id, name, sequence_steps, " + columns +
                                    ") VALUES ($1, 'Mine', '[{\"phase\": 2, \"delay_hours\": 24}]', " + values +
                                    ") RETURNING id",
                                {anna_.user_id.to_string()})
                           .value())
        .value();
  }
  std::int64_t hours_to_first_step(Uuid conversation, std::optional<Uuid> template_id = {}) {
    const auto started = run_task(context_, inbox_.start_sequence(request_, conversation, template_id));
    EXPECT_TRUE(started) << started.error().log_detail;
    return started ? std::chrono::round<std::chrono::hours>(started->next_action_at - system_now()).count() : -1;
  }
  std::string value(const std::string& sql) { return database_.run(sql).value(); }
};

TEST_P(InboxActions, AStatusPausesUntilItsEndAndOneThatEndsASequenceForgetsItsStep) {
  const Uuid id = make("email", "in_sequence");
  set(id, "next_sequence_action_at = now() + interval '1 hour'");
  const auto status = [&](Status wanted, std::optional<std::int64_t> days, std::optional<std::int64_t> version) {
    return run_task(context_, inbox_.set_status(request_, id, wanted, days, version));
  };
  EXPECT_EQ(status(Status::archived, 3, {}).error().errors.at(0).field, "query.pause_days");
  EXPECT_EQ(status(Status::archived, {}, 1).error().code, Errc::precondition_failed);
  EXPECT_EQ(get(id).status, "in_sequence");
  ASSERT_TRUE(status(Status::delay_requested, 3, 2));
  auto now = get(id);
  EXPECT_EQ(now.status, "delay_requested");
  EXPECT_TRUE(now.sequence_paused);
  EXPECT_EQ(std::chrono::round<std::chrono::hours>(now.pause_until.value() - system_now()), 72h);
  EXPECT_TRUE(now.next_sequence_action_at) << "it goes on afterwards";
  ASSERT_TRUE(status(Status::needs_human_attention, {}, {}));
  now = get(id);
  EXPECT_FALSE(now.sequence_paused || now.pause_until);
  EXPECT_TRUE(now.next_sequence_action_at);
  ASSERT_TRUE(status(Status::converted, {}, {}));
  EXPECT_FALSE(get(id).next_sequence_action_at);
}

TEST_P(InboxActions, OnlyADraftIsApprovedOrDiscarded) {
  const Uuid id = make("email", "needs_human_attention"), other = make();
  say(id, "outbound", "sent", 1);
  say(id, "inbound", "received", 2, "pending");
  set(id, "status = 'needs_human_attention'");
  const auto approve = [&](Uuid conversation, Uuid message) {
    return run_task(context_, inbox_.approve_draft(request_, conversation, message, "changed"));
  };
  const auto discard = [&](Uuid conversation, Uuid message) {
    return run_task(context_, inbox_.discard_draft(request_, conversation, message));
  };
  for (const auto& text : {"sent", "received"}) {
    const Uuid message =
        Uuid::parse(database_.run("SELECT id FROM dm_messages WHERE content = $1", {text}).value()).value();
    EXPECT_EQ(approve(id, message).error().code, Errc::not_found) << text;
    EXPECT_EQ(discard(id, message).error().errors.at(0).field, "message_id") << text;
  }
  database_.run("DELETE FROM dm_messages WHERE direction = 'inbound'");
  const Uuid message = draft(id);
  EXPECT_EQ(approve(other, message).error().code, Errc::not_found);
  EXPECT_EQ(discard(other, message).error().code, Errc::not_found);
  EXPECT_EQ(value("SELECT string_agg(content, ',' ORDER BY content) FROM dm_messages"), "Na?,sent");
  EXPECT_EQ(get(id).status, "needs_human_attention");
  EXPECT_TRUE(approve(id, message));
  EXPECT_EQ(value("SELECT string_agg(content, ',' ORDER BY content) FROM dm_messages"), "changed,sent");
}

TEST_P(InboxActions, ADecidedDraftLetsItsSequenceGoOnWhereThereIsOne) {
  const Uuid id = make();
  const auto after = [&](bool approves, const std::string& next) {
    database_.run("DELETE FROM dm_messages");
    const Uuid message = draft(id);
    set(id, "status = 'needs_human_attention', next_sequence_action_at = " + next);
    if (approves)
      EXPECT_TRUE(run_task(context_, inbox_.approve_draft(request_, id, message, {})));
    else
      EXPECT_TRUE(run_task(context_, inbox_.discard_draft(request_, id, message)));
    return std::string(get(id).status);
  };
  EXPECT_EQ(after(true, "now()"), "in_sequence");
  EXPECT_EQ(after(true, "NULL"), "dm_initiated_no_response");
  EXPECT_EQ(after(false, "now()"), "in_sequence");
  EXPECT_EQ(after(false, "NULL"), "needs_human_attention");
}

TEST_P(InboxActions, ASequenceStartsWithTheUsersTemplateBeforeEverybodysAndCountsItsUse) {
  const Uuid id = make("email", "delay_requested");
  EXPECT_EQ(hours_to_first_step(id), 48) << "everybody's";
  const Uuid idle = make_template("is_default, is_active", "true, false");
  EXPECT_EQ(hours_to_first_step(id), 48) << "not the one that is off";
  const Uuid mine = make_template("is_default", "true");
  set(id, "sequence_paused = true, pause_until = now()");
  EXPECT_EQ(hours_to_first_step(id), 24);
  const auto now = get(id);
  EXPECT_EQ(now.status, "in_sequence");
  EXPECT_FALSE(now.sequence_paused || now.pause_until);
  EXPECT_EQ(run_task(context_, inbox_.start_sequence(request_, Uuid::v7(), mine)).error().errors.at(0).field,
            "conversation_id");
  EXPECT_EQ(run_task(context_, inbox_.start_sequence(request_, id, Uuid::v7())).error().errors.at(0).field,
            "template_id");
  EXPECT_EQ(hours_to_first_step(id, idle), 24) << "a named one may be off";
  EXPECT_EQ(value("SELECT string_agg(coalesce(times_used, 0)::text, ',' ORDER BY created_at) FROM "
                  "dm_sequence_templates WHERE user_id IS NOT NULL"),
            "1,1");
  EXPECT_EQ(value("SELECT sequence_template_id FROM dm_conversations"), idle.to_string());
}

TEST_P(InboxActions, WhatIsDueLongestMovesFirstAndNobodyWaitsForAnother) {
  const Uuid last = make("email", "in_sequence"), first = make("email", "in_sequence"),
             second = make("email", "in_sequence");
  for (const auto& [id, hours] : {std::pair{last, "1"}, {first, "9"}, {second, "5"}})
    set(id, std::string("sequence_started_at = now(), next_sequence_action_at = now() - interval '1 hour' * ") + hours);
  const auto process = [&](std::int64_t limit) {
    const auto moved = run_task(context_, inbox_.process_sequences(request_, limit));
    EXPECT_TRUE(moved) << moved.error().log_detail;
    std::vector<Uuid> ids;
    for (const auto& row : *moved)
      ids.push_back(row.conversation_id);
    return ids;
  };
  EXPECT_EQ(process(1), std::vector{first});
  database_.run_as(test::Login::app,
                   "BEGIN; SELECT set_config('app.user_id', '" + anna_.user_id.to_string() + "', true)");
  database_.run_as(test::Login::app, "SELECT id FROM dm_conversations WHERE id = $1 FOR NO KEY UPDATE",
                   {second.to_string()});
  EXPECT_EQ(process(5), std::vector{last});
  database_.run_as(test::Login::app, "ROLLBACK");
  EXPECT_EQ(process(5), std::vector{second});
}

TEST_P(InboxActions, AProposalAnswersTheContactsNewestMessageAndNoDraft) {
  const Uuid id = make();
  say(id, "inbound", "Das ist zu teuer", 3);
  say(id, "inbound", "Was kostet das?", 2);
  say(id, "outbound", "Na?", 1, "pending");
  const auto proposed = run_task(context_, inbox_.generate_draft(request_, id, {}));
  ASSERT_TRUE(proposed) << proposed.error().log_detail;
  EXPECT_EQ(proposed->detected_intent, Intent::interest);
  say(id, "outbound", "50 Euro", 0);
  EXPECT_FALSE(run_task(context_, inbox_.generate_draft(request_, id, {}))->detected_intent) << "we wrote last";
}

INSTANTIATE_TEST_SUITE_P(Modes, InboxActions, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::inbox
