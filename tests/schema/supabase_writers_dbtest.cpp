// Clients that speak PostgREST go on against the same database after `migrate up`: what docs/supabase.md says stays in
// step when they write, what they may still see, and what they may not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "platform/migrations/runner.hpp"
#include "tests/support/found_database.hpp"

namespace salesflow::test {
namespace {

using cluster::SqlSession;

class SupabaseWriters : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = std::make_unique<FoundServer>("supabase_writers");
    found = std::make_unique<FoundDatabase>(*server, FoundShape{.history = History::b, .owner = FoundOwner::restricted},
                                            FoundSizes{.events = 80});
    policies_before = policies();
    contacts_before = seen_by(1, "SELECT count(*) FROM contacts");
    leads_before = seen_by(1, "SELECT count(*) FROM leads");
    migrations::Options options;
    options.database_url = found->owner_url();
    options.run_backfills = false;  // this is about what is written from now on
    migrations::up(options).value();
  }
  static void TearDownTestSuite() {
    found.reset();
    server.reset();
  }

  /// A session as PostgREST has it for a user's request.
  static SqlSession as_user(int number) {
    SqlSession session = found->session();
    session.run("SET ROLE authenticated").value();
    session
        .run("SELECT set_config('request.jwt.claims', $1, false)",
             {fmt::format(R"({{"sub":"{}","role":"authenticated"}})", found_user(number).to_string())})
        .value();
    return session;
  }
  static std::string seen_by(int number, const std::string& sql) { return as_user(number).run(sql).value().value(); }
  /// Policies of the roles that were there, as they were written.
  static std::string policies() {
    return found
        ->run(
            "SELECT string_agg(format('%s.%s %s %s %s', tablename, policyname, roles, qual, with_check), E'\\n' "
            "ORDER BY tablename, policyname) FROM pg_policies WHERE schemaname = 'public' AND policyname NOT LIKE "
            "'salesflow\\_%'")
        .value();
  }

  static inline std::unique_ptr<FoundServer> server;
  static inline std::unique_ptr<FoundDatabase> found;
  static inline std::string policies_before, contacts_before, leads_before;
};

TEST_F(SupabaseWriters, SeeWhatTheySawAndNothingOfOurs) {
  EXPECT_NE(policies_before, "");
  EXPECT_EQ(policies(), policies_before);
  EXPECT_NE(contacts_before, "0");
  EXPECT_EQ(seen_by(1, "SELECT count(*) FROM contacts"), contacts_before) << "behind a found policy";
  EXPECT_EQ(seen_by(1, "SELECT count(*) FROM leads"), leads_before) << "a table without row level security";
  for (const char* table : {"outbox", "organizations", "org_members", "idempotency_keys", "user_lead_counts",
                            "user_lead_counts_deltas", "org_open_deal_sums", "org_open_deal_sums_folded", "import_jobs",
                            "lead_scorings", "lead_hot", "mv_hot_leads"}) {
    const auto refused = as_user(1).run(fmt::format("SELECT * FROM public.{}", table));
    ASSERT_FALSE(refused) << table;
    EXPECT_NE(refused.error().public_detail.find("permission denied"), std::string::npos)
        << table << ": " << refused.error().public_detail;
  }
}

TEST_F(SupabaseWriters, KeepKeysVersionsTotalsAndTheOutboxInStep) {
  SqlSession user = as_user(2);
  const std::string id = found_user(2).to_string();
  const auto total = [&] {
    return found->run("SELECT coalesce(sum(rows), 0) FROM user_lead_counts WHERE user_id = $1", {id}).integer();
  };
  const auto told = [&] {
    return found->run("SELECT count(*) FROM outbox WHERE topic = 'leads' AND user_id = $1", {id}).integer();
  };
  const auto total_before = total(), told_before = told();
  const std::string lead =
      user.run(
              "INSERT INTO leads (user_id, name, email, status, temperature, p_score, status_key) "
              "VALUES ($1, 'Eva', 'Eva@Example.com', 'QUALIFIED', 85, 71.5, 'made up') RETURNING id",
              {id})
          .value()
          .value();
  const auto row =
      found->run("SELECT status_key, email_key, p_score_key, row_version FROM leads WHERE id = $1", {lead});
  EXPECT_EQ(row.value(0, 0), "qualified") << "what a writer says for a derived column does not count";
  EXPECT_EQ(row.value(0, 1), "eva@example.com");
  EXPECT_EQ(row.value(0, 2), "7150");
  EXPECT_EQ(total(), total_before + 1);
  EXPECT_EQ(told(), told_before + 1);
  user.run("UPDATE leads SET status = 'lost' WHERE id = $1", {lead}).value();
  const auto changed = found->run("SELECT status_key, row_version FROM leads WHERE id = $1", {lead});
  EXPECT_EQ(changed.value(0, 0), "lost");
  EXPECT_EQ(changed.integer(0, 1), row.integer(0, 3) + 1);
  EXPECT_EQ(told(), told_before + 2);
  user.run("DELETE FROM leads WHERE id = $1", {lead}).value();
  EXPECT_EQ(total(), total_before);
}

TEST_F(SupabaseWriters, KeepADealsClosingAndTheBoardsTotalsInStep) {
  SqlSession user = as_user(3);
  const std::string org = found_org(3).to_string();
  const auto open = [&] {
    return found->run("SELECT coalesce(sum(deals), 0) FROM org_open_deal_sums WHERE org_id = $1", {org}).integer();
  };
  const auto before = open();
  const std::string deal =
      user.run("INSERT INTO deals (org_id, title, value, stage) VALUES ($1, 'Website', 1234.5, 'new') RETURNING id",
               {org})
          .value()
          .value();
  EXPECT_EQ(open(), before + 1);
  user.run("UPDATE deals SET stage = 'won' WHERE id = $1", {deal}).value();
  const auto row = found->run("SELECT won, closed_at IS NOT NULL, value_minor FROM deals WHERE id = $1", {deal});
  EXPECT_EQ(row.value(0, 0), "t");
  EXPECT_EQ(row.value(0, 1), "t");
  EXPECT_EQ(row.value(0, 2), "123450");
  EXPECT_EQ(open(), before);
}

TEST_F(SupabaseWriters, KeepAConversationsCountersInStepOnce) {
  SqlSession user = as_user(4);
  const std::string id = found_user(4).to_string();
  const std::string conversation = user.run(
                                           "INSERT INTO dm_conversations (user_id, platform) VALUES ($1, 'whatsapp') "
                                           "RETURNING id",
                                           {id})
                                       .value()
                                       .value();
  user.run("INSERT INTO dm_messages (user_id, conversation_id, direction, content) VALUES ($1, $2, 'inbound', 'Hallo')",
           {id, conversation})
      .value();
  const auto row = found->run(
      "SELECT messages_received, unread_key, last_message_text, last_message_key = last_message_at FROM "
      "dm_conversations WHERE id = $1",
      {conversation});
  EXPECT_EQ(row.value(0, 0), "1") << "the found trigger that counts, too, is set aside";
  EXPECT_EQ(row.value(0, 1), "1");
  EXPECT_EQ(row.value(0, 2), "Hallo");
  EXPECT_EQ(row.value(0, 3), "t");
}

TEST_F(SupabaseWriters, LeaveAScoreToTheOneWriterThatComputesIt) {
  SqlSession user = as_user(5);
  const std::string lead = user.run("INSERT INTO leads (user_id, name, p_score) VALUES ($1, 'Max', 20) RETURNING id",
                                    {found_user(5).to_string()})
                               .value()
                               .value();
  user.run("INSERT INTO lead_verifications (lead_id, v_score) VALUES ($1, 90)", {lead}).value();
  const auto row = found->run(
      "SELECT l.p_score, v.v_score_key, v.user_id = l.user_id FROM leads AS l JOIN lead_verifications AS v ON "
      "v.lead_id = l.id WHERE l.id = $1",
      {lead});
  EXPECT_EQ(row.value(0, 0), "20.00");
  EXPECT_EQ(row.value(0, 1), "9000");
  EXPECT_EQ(row.value(0, 2), "t") << "its owner is filled in";
}

}  // namespace
}  // namespace salesflow::test
