// Conversations and their messages: created, changed, answered and counted.
#include "tests/support/inbox_rig.hpp"

namespace salesflow::inbox {
namespace {

class InboxConversations : public InboxRig {};

TEST_P(InboxConversations, TheSameThreadOfAChannelIsOneConversationHoweverManyAsk) {
  NewConversation thread{Platform::email, "thread-1", "eva@example.com", std::nullopt, std::nullopt, std::nullopt};
  const auto first = run_task(context_, inbox_.create_conversation(request_, thread));
  ASSERT_TRUE(first) << first.error().log_detail;
  const auto again = run_task(context_, inbox_.create_conversation(request_, thread));
  EXPECT_EQ((*first)->id, (*again)->id);
  thread.platform = Platform::sms;
  EXPECT_NE((*run_task(context_, inbox_.create_conversation(request_, thread)))->id, (*first)->id);
  thread.platform_conversation_id.reset();
  EXPECT_NE((*run_task(context_, inbox_.create_conversation(request_, thread)))->id,
            (*run_task(context_, inbox_.create_conversation(request_, thread)))->id);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      asio::io_context context;
      CoarseTimer timer{context};
      postgres::Database db{context, timer, test::pool_settings(database_, GetParam())};
      const auto store = make_pg_store(db);
      RequestContext request;
      request.identity = request_.identity;
      request.deadline = std::chrono::steady_clock::now() + 30s;
      NewConversation race{Platform::email, "race", std::nullopt, std::nullopt, std::nullopt, std::nullopt};
      EXPECT_TRUE(run_task(context, store->create_conversation(request, Uuid::v7(), race)));
      const auto end = [&]() -> Task<bool> {
        co_await db.drain(std::chrono::steady_clock::now() + 2s);
        co_return true;
      };
      run_task(context, end());
    });
  }
  for (auto& thread_ : threads)
    thread_.join();
  EXPECT_EQ(database_.run("SELECT count(*) FROM dm_conversations WHERE platform_conversation_id = 'race'").integer(),
            1);
}

TEST_P(InboxConversations, AForeignLeadIsNotFoundAndLeavesNothing) {
  const std::string lead =
      database_.run("INSERT INTO leads (user_id, name) VALUES ($1, 'Bens') RETURNING id", {ben_.user_id.to_string()})
          .value();
  NewConversation conversation{Platform::email,   std::nullopt, std::nullopt,
                               Uuid::parse(lead), std::nullopt, std::nullopt};
  const auto refused = run_task(context_, inbox_.create_conversation(request_, conversation));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_EQ(refused.error().errors.at(0).field, "contact_id");
  const Uuid id = make();
  ConversationChange change;
  change.contact_id = {true, Uuid::parse(lead)};
  EXPECT_EQ(run_task(context_, inbox_.update_conversation(request_, id, change, 1)).error().errors.at(0).field,
            "contact_id");
  EXPECT_EQ(run_task(context_, inbox_.update_conversation(request_, id, change, 7)).error().code,
            Errc::precondition_failed);
  EXPECT_EQ(get(id).row_version, 1);
}

TEST_P(InboxConversations, AChangeSetsClearsAndKeeps) {
  const Uuid id = make("email", "new");
  ConversationChange change;
  change.status = {true, Status::delay_requested};
  change.pause_until = {true, system_now() + 24h};
  change.platform_metadata = {true, RawJson{R"({"a": 1})"}};
  auto changed = run_task(context_, inbox_.update_conversation(request_, id, change, 1));
  ASSERT_TRUE(changed) << changed.error().log_detail;
  EXPECT_EQ((*changed)->status, "delay_requested");
  EXPECT_EQ((*changed)->platform_metadata->text, R"({"a": 1})");
  ConversationChange clear;
  clear.pause_until = {true, std::nullopt};
  changed = run_task(context_, inbox_.update_conversation(request_, id, clear, {}));
  EXPECT_FALSE((*changed)->pause_until);
  EXPECT_EQ((*changed)->status, "delay_requested");
  EXPECT_EQ(run_task(context_, inbox_.update_conversation(request_, id, {}, {})).error().code, Errc::invalid_argument);
  clear.status = {true, std::nullopt};
  EXPECT_EQ(run_task(context_, inbox_.update_conversation(request_, id, clear, {})).error().errors.at(0).field,
            "status");
  act_as(ben_);
  EXPECT_EQ(run_task(context_, inbox_.update_conversation(request_, id, change, {})).error().code, Errc::not_found);
  EXPECT_EQ(run_task(context_, inbox_.get_conversation(request_, id)).error().code, Errc::not_found);
  EXPECT_EQ(run_task(context_, inbox_.list_messages(request_, id, {"", 10})).error().code, Errc::not_found);
  EXPECT_EQ(run_task(context_, inbox_.set_status(request_, id, Status::archived, {}, {})).error().code,
            Errc::not_found);
  EXPECT_EQ(run_task(context_, inbox_.add_message(request_, {id, Direction::inbound, "x", {}, false})).error().code,
            Errc::not_found);
  EXPECT_EQ(run_task(context_, inbox_.start_sequence(request_, id, {})).error().code, Errc::not_found);
  EXPECT_EQ(run_task(context_, inbox_.generate_draft(request_, id, {})).error().code, Errc::not_found);
  EXPECT_EQ(run_task(context_, inbox_.best_time(request_, id)).error().code, Errc::not_found);
}

TEST_P(InboxConversations, MessagesMoveStatusCountersSentimentAndPriority) {
  const Uuid id = make("whatsapp", "new");
  EXPECT_EQ(add(id, Direction::outbound, "Hallo Eva").delivery_status, "sent");
  auto now = get(id);
  EXPECT_EQ(now.status, "dm_initiated_no_response");
  EXPECT_EQ(now.messages_sent, 1);
  EXPECT_EQ(now.priority_score, 65) << "50, and 15 for today";
  const auto reply = add(id, Direction::inbound, "Klingt super, was kostet das?");
  EXPECT_TRUE(reply.contains_interest_signal);
  EXPECT_TRUE(reply.contains_question);
  EXPECT_EQ(reply.detected_keywords->text, R"(["was kostet"])");
  now = get(id);
  EXPECT_EQ(now.status, "needs_human_attention");
  EXPECT_EQ(now.overall_sentiment, "interested");
  EXPECT_EQ(now.detected_intent, "interest");
  EXPECT_EQ(now.messages_received, 1);
  EXPECT_EQ(now.priority_score, 100) << "50 + 15 + 10 + 20 + 15, at most 100";
  EXPECT_EQ(page({}, {}).totals.unread_total, 1);
  add(id, Direction::outbound, "50 Euro");
  EXPECT_EQ(page({}, {}).totals.unread_total, 0) << "answered is read";
  for (const auto& [before, text, after] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"in_sequence", "Ok", "replied"},
           {"dm_initiated_no_response", "Ok", "replied"},
           {"read_no_reply", "Ok", "replied"},
           {"new", "Ok", "new"},
           {"archived", "Ok", "archived"},
           {"archived", "Termin?", "needs_human_attention"},
           {"in_sequence", "nicht interessiert", "replied"},
           {"in_sequence", "bin im Urlaub", "delay_requested"},
           {"replied", "Stop", "unsubscribed"}}) {
    database_.run("UPDATE dm_conversations SET status = $1, next_sequence_action_at = now(), pause_until = NULL",
                  {before});
    add(id, Direction::inbound, text);
    now = get(id);
    EXPECT_EQ(now.status, after) << before << ": " << text;
    EXPECT_FALSE(now.next_sequence_action_at) << "a reply ends the sequence";
    EXPECT_EQ(now.pause_until.has_value(), after == "delay_requested");
  }
}

TEST_P(InboxConversations, AMessageThatItsPlatformDeliversAgainIsOneMessage) {
  const Uuid chat = make("whatsapp", "new"), other_chat = make("whatsapp", "new"), mail = make("email", "new");
  const auto receive = [&](Uuid conversation, std::optional<std::string> message_id) {
    auto added = run_task(context_, inbox_.add_message(request_, {conversation, Direction::inbound, "Klingt super!",
                                                                  std::move(message_id), false}));
    EXPECT_TRUE(added) << added.error().public_detail << added.error().log_detail;
    kept_.push_back(std::move(*added));
    return *kept_.back().row;
  };
  const auto first = receive(chat, "m1");
  const auto version = get(chat).row_version;
  const auto again = receive(chat, " m1 "), elsewhere = receive(other_chat, "m1");
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.sent_at, first.sent_at);
  EXPECT_EQ(again.content, "Klingt super!");
  EXPECT_EQ(elsewhere.id, first.id) << "in whichever conversation of the platform";
  EXPECT_EQ(elsewhere.conversation_id, chat);
  EXPECT_EQ(get(chat).row_version, version) << "nothing is written again";
  EXPECT_EQ(get(chat).messages_received, 1);
  EXPECT_EQ(get(other_chat).messages_received, 0);
  EXPECT_EQ(page({}, {}).totals.unread_total, 1);
  EXPECT_NE(receive(mail, "m1").id, first.id) << "another platform's id";
  EXPECT_NE(receive(chat, "m2").id, first.id);
  EXPECT_NE(receive(chat, {}).id, receive(chat, {}).id) << "without an id each is a message";
  EXPECT_NE(receive(chat, " ").id, receive(chat, " ").id);
  act_as(ben_);
  EXPECT_NE(receive(make("whatsapp", "new"), "m1").id, first.id) << "another user's";
  const auto foreign = run_task(
      context_, inbox_.add_message(request_, {chat, Direction::inbound, "x", std::optional<std::string>("m1"), false}));
  ASSERT_TRUE(foreign.has_error());
  EXPECT_EQ(foreign.error().code, Errc::not_found);
}

TEST_P(InboxConversations, OfTwelveDeliveriesAtOnceOneIsStoredAndAllHaveItsAnswer) {
  const Uuid chat = make("whatsapp", "new");
  std::mutex guard;
  std::set<Uuid> ids;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      asio::io_context context;
      CoarseTimer timer{context};
      postgres::Database db{context, timer, test::pool_settings(database_, GetParam())};
      const auto store = make_pg_store(db);
      Inbox inbox{*store};
      const auto deliver = [&]() -> Task<bool> {
        RequestContext request;
        request.identity = request_.identity;
        request.deadline = std::chrono::steady_clock::now() + 30s;
        NewMessage message{chat, Direction::inbound, "Hallo", "m1", false};
        const auto added = co_await inbox.add_message(request, std::move(message));
        EXPECT_TRUE(added) << added.error().public_detail << added.error().log_detail;
        const std::lock_guard lock(guard);
        if (added && *added)
          ids.insert((*added)->id);
        co_return true;
      };
      int ended = 0;
      for (int n = 0; n < 3; ++n)
        asio::co_spawn(context, deliver(), [&](std::exception_ptr, bool) { ++ended; });
      while (ended < 3)
        context.run_one();
      const auto end = [&]() -> Task<bool> {
        co_await db.drain(std::chrono::steady_clock::now() + 2s);
        co_return true;
      };
      run_task(context, end());
    });
  }
  for (auto& thread_ : threads)
    thread_.join();
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(database_.run("SELECT count(*) FROM dm_messages").integer(), 1);
  EXPECT_EQ(get(chat).messages_received, 1);
  EXPECT_EQ(page({}, {}).totals.unread_total, 1);
}

TEST_P(InboxConversations, OfFoundDoublesTheFirstIsAnsweredAndNoneIsAdded) {
  const Uuid chat = make("whatsapp", "new");
  const auto ids = database_.run(
      "INSERT INTO dm_messages (user_id, conversation_id, direction, content, platform_message_id, created_at) SELECT "
      "$1, $2, 'inbound', 'x' || i, 'm1', now() - i * interval '1 day' FROM generate_series(1, 3) AS i RETURNING id",
      {request_.identity.user_id.to_string(), chat.to_string()});
  const auto again = run_task(
      context_, inbox_.add_message(request_, {chat, Direction::inbound, "x", std::optional<std::string>("m1"), false}));
  ASSERT_TRUE(again) << again.error().log_detail;
  EXPECT_EQ((*again)->id.to_string(), ids.value(2)) << "the oldest";
  EXPECT_EQ(database_.run("SELECT count(*) FROM dm_messages").integer(), 3);
}

TEST_P(InboxConversations, WhatAMessageMeansIsReadFromWhatIsShownOfIt) {
  const Uuid mail = make("email", "new");
  const auto reply = add(mail, Direction::inbound, "<style>.stop{}</style><p>Was <b>kostet</b> das?</p>");
  EXPECT_EQ(reply.detected_keywords->text, R"(["was kostet"])");
  EXPECT_EQ(reply.content, "<style>.stop{}</style><p>Was <b>kostet</b> das?</p>") << "stored as it came";
  EXPECT_NE(get(mail).status, "unsubscribed") << "a style's name says nothing";
}

TEST_P(InboxConversations, EachMemberThatIsSentIsSet) {
  const Uuid id = make();
  ConversationChange change;
  change.overall_sentiment = {true, Sentiment::hesitant};
  change.priority_score = {true, 7};
  change.current_sequence_phase = {true, 3};
  change.next_sequence_action_at = {true, *parse_rfc3339("2026-01-02T03:04:05Z")};
  change.sequence_paused = {true, true};
  const auto changed = run_task(context_, inbox_.update_conversation(request_, id, change, {}));
  ASSERT_TRUE(changed) << changed.error().log_detail;
  const auto now = get(id);
  EXPECT_EQ(now.overall_sentiment, "hesitant");
  EXPECT_EQ(now.priority_score, 7);
  EXPECT_EQ(now.current_sequence_phase, 3);
  EXPECT_EQ(now.next_sequence_action_at, change.next_sequence_action_at.value);
  EXPECT_TRUE(now.sequence_paused);
  EXPECT_EQ(now.status, "new");
  change.priority_score = {true, std::nullopt};
  const auto refused = run_task(context_, inbox_.update_conversation(request_, id, change, {}));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().errors.at(0).field, "priority_score");
  EXPECT_EQ(refused.error().public_detail, "priority_score must not be null") << "before the database is asked";
}

TEST_P(InboxConversations, ThePriorityFollowsAnswersMoodInterestAndTheLeadsScore) {
  const Uuid id = make();
  database_.run(
      "WITH l AS (INSERT INTO leads (user_id, name, p_score) VALUES ($1, 'Eva', 83) RETURNING id) UPDATE "
      "dm_conversations SET contact_id = l.id FROM l",
      {anna_.user_id.to_string()});
  const auto after = [&](Direction direction, const std::string& text) {
    add(id, direction, text);
    return get(id).priority_score;
  };
  EXPECT_EQ(after(Direction::inbound, "Leider schade"), 65 + 10 - 15 + 16);
  EXPECT_EQ(after(Direction::outbound, "Ok"), 65 + 10 - 15 + 16);
  EXPECT_EQ(after(Direction::outbound, "Ok"), 65 + 5 - 15 + 16) << "one answer to two messages";
  database_.run("UPDATE leads SET p_score = NULL");
  EXPECT_EQ(after(Direction::inbound, "Was kostet das?"), 100);
  EXPECT_EQ(after(Direction::inbound, "Ok"), 65 + 15);
  EXPECT_EQ(get(id).detected_intent, "interest") << "the last one that was there";
  EXPECT_EQ(after(Direction::outbound, "Ok"), 65 + 10 + 15);
}

TEST_P(InboxConversations, MessagesPageNewestFirst) {
  const Uuid id = make();
  const auto empty = run_task(context_, inbox_.list_messages(request_, id, {"", 10}));
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->items.empty());
  database_.run(
      "INSERT INTO dm_messages (user_id, conversation_id, direction, content, sent_at) SELECT $1, $2, 'inbound', "
      "i::text, '2026-01-01Z'::timestamptz + i / 4 * interval '1 second' FROM generate_series(1, 50) AS i",
      {anna_.user_id.to_string(), id.to_string()});
  std::set<Uuid> seen;
  std::string cursor;
  TimePoint last = time_infinity;
  for (int i = 0; i < 10; ++i) {
    const auto found = run_task(context_, inbox_.list_messages(request_, id, {cursor, 7}));
    ASSERT_TRUE(found) << found.error().public_detail;
    for (const auto& row : found->items) {
      EXPECT_TRUE(seen.insert(row.id).second);
      EXPECT_LE(row.sent_at, last);
      last = row.sent_at;
    }
    if (!found->next_cursor)
      break;
    cursor = *found->next_cursor;
  }
  EXPECT_EQ(seen.size(), 50u);
  EXPECT_EQ(run_task(context_, inbox_.list_messages(request_, make(), {cursor, 7})).error().code, Errc::malformed)
      << "of another conversation";
}

TEST_P(InboxConversations, AnalyticsBestTimeAndConnectionsAreComputed) {
  const Uuid a = make("email", "converted"), b = make("email", "archived");
  const Uuid unasked = make("facebook", "unsubscribed");
  for (int i = 0; i < 3; ++i)
    make("sms", "in_sequence");
  const auto message = [&](Uuid id, const std::string& direction, const std::string& at, const std::string& how) {
    database_.run(
        "INSERT INTO dm_messages (user_id, conversation_id, direction, content, sent_at, delivery_status) VALUES ($1, "
        "$2, $3, 'x', " +
            at + ", $4)",
        {anna_.user_id.to_string(), id.to_string(), direction, how});
  };
  const std::string noon = "date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '36 hours'";
  message(a, "outbound", noon, "sent");
  message(a, "inbound", noon + " + interval '1 hour'", "sent");
  message(a, "outbound", noon + " + interval '3 hours'", "sent");
  message(b, "outbound", noon, "sent");
  message(a, "outbound", noon + " + interval '4 hours'", "sent");
  message(b, "outbound", noon, "pending");
  message(unasked, "inbound", noon + " + interval '2 hours'", "sent");
  message(unasked, "inbound", noon + " - interval '26 hours'", "sent");
  message(unasked, "inbound", noon + " - interval '25 hours 50 minutes'", "sent");
  const auto found = run_task(context_, inbox_.get_analytics(request_));
  ASSERT_TRUE(found && *found) << found.error().log_detail;
  const AnalyticsRow& row = **found;
  EXPECT_EQ(row.total_conversations, 6);
  EXPECT_EQ(row.active_sequences, 3);
  EXPECT_EQ(row.needs_attention, 0);
  EXPECT_EQ(row.response_rate, 50) << "of those we wrote to";
  EXPECT_EQ(row.avg_response_time_hours, 2);
  EXPECT_DOUBLE_EQ(row.conversion_rate, 16.67);
  EXPECT_EQ(row.by_platform.text, R"({"sms": {"total": 3, "active": 3}, "email": {"total": 2, "active": 1}, )"
                                  R"("facebook": {"total": 1, "active": 0}})");
  EXPECT_EQ(row.by_status.text, R"({"archived": 1, "converted": 1, "in_sequence": 3, "unsubscribed": 1})");
  const auto day = [&](int ago) {
    return format_date(std::chrono::floor<std::chrono::days>(system_now()) - std::chrono::days(ago));
  };
  EXPECT_NE(row.daily_messages_sent.text.find(R"({"date": ")" + day(2) + R"(", "count": 4})"), std::string::npos)
      << row.daily_messages_sent.text;
  EXPECT_NE(row.daily_messages_received.text.find(R"({"date": ")" + day(2) + R"(", "count": 2})"), std::string::npos);
  EXPECT_NE(row.daily_conversions.text.find(R"({"date": ")" + day(0) + R"(", "count": 1})"), std::string::npos);
  EXPECT_EQ(std::count(row.daily_messages_sent.text.begin(), row.daily_messages_sent.text.end(), '{'), 30);

  const auto best = run_task(context_, inbox_.best_time(request_, a));
  EXPECT_EQ(best->hour, 13);
  EXPECT_EQ(best->messages, 1);
  EXPECT_FALSE(run_task(context_, inbox_.best_time(request_, b))->hour);
  EXPECT_EQ(run_task(context_, inbox_.best_time(request_, unasked))->hour, 10) << "twice, and 14 once since";
  database_.run(
      "INSERT INTO platform_connections (user_id, platform, is_connected, error_count) VALUES ($1, 'linkedin', true, "
      "2)",
      {anna_.user_id.to_string()});
  const auto connections = run_task(context_, inbox_.list_connections(request_));
  ASSERT_EQ(connections->size(), 5u);
  EXPECT_EQ(connections->rows[2].platform, "linkedin");
  EXPECT_TRUE(connections->rows[2].is_connected);
  EXPECT_TRUE(connections->rows[2].has_errors);
  EXPECT_FALSE(connections->rows[0].is_connected || connections->rows[0].has_errors);
}

INSTANTIATE_TEST_SUITE_P(Modes, InboxConversations, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::inbox
