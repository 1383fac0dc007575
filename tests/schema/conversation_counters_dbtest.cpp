// A conversation's counters and times against its messages, in any order and from any writer.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::SqlSession;
using test::TestDatabase;

struct ConversationCounters : ::testing::Test {
  TestDatabase database;
  TestDatabase::Account a = database.create_account("a@example.com"), b = database.create_account("b@example.com");
  const std::string conversation = make(a, "in_sequence");

  std::string make(const TestDatabase::Account& account, const std::string& status) {
    return database
        .run("INSERT INTO dm_conversations (user_id, platform, status) VALUES ($1, 'whatsapp', $2) RETURNING id",
             {account.user_id.to_string(), status})
        .value();
  }
  std::string message(const std::string& direction, const std::string& sent_at) const {
    return "('" + conversation + "', '" + a.user_id.to_string() + "', '" + direction + "', 'x', '" + sent_at + "')";
  }
  void insert(const std::string& messages) {
    database.run("INSERT INTO dm_messages (conversation_id, user_id, direction, content, sent_at) VALUES " + messages);
  }
  std::string counters() {
    return database
        .run(
            "SELECT concat_ws(' ', status, messages_sent, messages_received, to_char(last_message_at, 'DD'), "
            "coalesce(to_char(last_inbound_at, 'DD'), '-'), coalesce(to_char(last_outbound_at, 'DD'), '-'), "
            "to_char(last_message_key, 'DD')) FROM dm_conversations WHERE id = $1",
            {conversation})
        .value();
  }
};

TEST_F(ConversationCounters, OnlyMoveForwardWhenAnOlderMessageArrivesLate) {
  insert(message("outbound", "2026-01-05Z"));
  EXPECT_EQ(counters(), "in_sequence 1 0 05 - 05 05");
  insert(message("outbound", "2026-01-03Z"));
  EXPECT_EQ(counters(), "in_sequence 2 0 05 - 05 05");
  insert(message("inbound", "2026-01-04Z"));
  EXPECT_EQ(counters(), "replied 2 1 05 04 05 05");
  EXPECT_EQ(database.run("SELECT attention_at FROM dm_conversations WHERE id = $1", {conversation}).value(),
            "-infinity");
  insert(message("inbound", "2026-01-02Z") + ", " + message("outbound", "2026-01-06Z"));
  EXPECT_EQ(counters(), "replied 3 2 06 04 06 06");
}

TEST_F(ConversationCounters, AReplyEndsWaitingAndSequencesAndNothingElse) {
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
           {"dm_initiated_no_response", "replied"},
           {"read_no_reply", "replied"},
           {"in_sequence", "replied"},
           {"new", "new"},
           {"archived", "archived"},
       }) {
    database.run("UPDATE dm_conversations SET status = $1", {before});
    insert(message("outbound", "2026-01-01Z"));
    EXPECT_EQ(counters().substr(0, before.size()), before);
    insert(message("inbound", "2026-01-01Z"));
    EXPECT_EQ(counters().substr(0, after.size()), after);
  }
}

TEST_F(ConversationCounters, FollowDeletedAndMovedMessages) {
  insert(message("outbound", "2026-01-01Z") + ", " + message("outbound", "2026-01-05Z") + ", " +
         message("inbound", "2026-01-03Z"));
  const auto version = [&] {
    return database.run("SELECT row_version FROM dm_conversations WHERE id = $1", {conversation}).integer();
  };
  const auto before = version();
  database.run("UPDATE dm_messages SET read_at = now()");
  EXPECT_EQ(version(), before) << "marking a message read is no news of the conversation";
  database.run("DELETE FROM dm_messages WHERE sent_at = '2026-01-05Z'");
  EXPECT_EQ(counters(), "replied 1 1 03 03 01 03");
  database.run("UPDATE dm_messages SET sent_at = '2026-01-09Z', direction = 'inbound' WHERE direction = 'outbound'");
  EXPECT_EQ(counters(), "replied 0 2 09 09 - 09");
  database.run("DELETE FROM dm_messages");
  EXPECT_EQ(counters(), "replied 0 0 - -");
  insert(message("outbound", "2026-01-01Z"));
  database.run("DELETE FROM dm_conversations");
  EXPECT_EQ(database.run("SELECT count(*) FROM dm_messages").integer(), 0);
}

TEST_F(ConversationCounters, CountOnlyMessagesOfTheirOwnUser) {
  // A found database has such rows, and the key that refuses new ones came later.
  database.run("ALTER TABLE dm_messages DROP CONSTRAINT salesflow_conversation_fkey");
  const std::string theirs =
      "INSERT INTO dm_messages (conversation_id, user_id, direction, content) VALUES ($1, $2, "
      "'inbound', 'x')";
  database.run(theirs, {conversation, b.user_id.to_string()});
  EXPECT_EQ(counters(), "in_sequence 0 0 - -");
  database.run("UPDATE dm_messages SET direction = 'outbound'");
  database.run("DELETE FROM dm_messages");
  EXPECT_EQ(counters(), "in_sequence 0 0 - -");
  EXPECT_NO_THROW(database.run_as_tenant(b.user_id, b.org_id, theirs, {conversation, b.user_id.to_string()}));
  EXPECT_EQ(counters(), "in_sequence 0 0 - -") << "nor through the trigger's rights";
}

TEST_F(ConversationCounters, AreKeptForAWriterThatMayNotSeeConversations) {
  const std::string role = "writer_of_" + database.name();
  database.run("CREATE ROLE " + role + "; GRANT INSERT ON dm_messages TO " + role +
               "; CREATE POLICY writer ON dm_messages TO " + role + " WITH CHECK (true)");
  database.run("SET ROLE " + role);
  insert(message("outbound", "2026-01-05Z"));
  database.run("RESET ROLE");
  EXPECT_EQ(counters(), "in_sequence 1 0 05 - 05 05");
  database.run("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST_F(ConversationCounters, AddUpUnderConcurrentWritersOfSeveralConversations) {
  const std::string second = make(a, "new");
  std::vector<std::thread> writers;
  std::atomic<int> failed = 0;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&, writer] {
      auto session = SqlSession::connect(database.url(Login::superuser)).value();
      for (int i = 0; i < 50; ++i) {
        // Each writer names the two in the other order.
        const auto& [one, two] = std::pair(writer % 2 ? conversation : second, writer % 2 ? second : conversation);
        failed += session.run(
                             "INSERT INTO dm_messages (conversation_id, user_id, direction, content) VALUES ($1, $3, "
                             "'outbound', 'x'), ($2, $3, 'inbound', 'y')",
                             {one, two, a.user_id.to_string()})
                          .has_error()
                      ? 1
                      : 0;
      }
    });
  }
  for (auto& writer : writers) {
    writer.join();
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(database
                .run("SELECT count(*) FROM dm_conversations AS c WHERE NOT ((messages_sent, messages_received, "
                     "last_message_at) = (SELECT (count(*) FILTER (WHERE direction = 'outbound'))::integer, (count(*) "
                     "FILTER (WHERE direction = 'inbound'))::integer, max(sent_at) FROM dm_messages WHERE "
                     "conversation_id = c.id))")
                .integer(),
            0);
  EXPECT_EQ(database.run("SELECT sum(messages_sent) FROM dm_conversations").integer(), 200);
}

}  // namespace
}  // namespace salesflow
