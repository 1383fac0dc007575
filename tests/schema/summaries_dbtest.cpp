// Summaries (0031): a key without an entry in its log has the rows that its query gives, for whoever writes, beside
// writers and refreshes. Walks salesflow.summaries, so that a new declaration is tested by being made.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/schema/random_writer.hpp"
#include "tests/schema/tenant_samples.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::order;
using test::samples;
using test::SqlSession;

constexpr const char* wrong_sql =
    "SELECT coalesce(string_agg(format('%s: %s', name, wrong_rows), ', '), '') FROM salesflow.verify_summaries() WHERE "
    "wrong_rows <> 0";
constexpr const char* entries_sql = "SELECT coalesce(sum(entries), 0) FROM salesflow.list_invalidations(1000000)";

class Summaries : public testing::Test {
 protected:
  Summaries() {
    for (const auto& account : {ann, bob}) {
      for (const auto& table : order) {
        database.run_as_tenant(account.user_id, account.org_id, "INSERT INTO public." + table + " " + samples.at(table),
                               {account.user_id.to_string(), account.org_id.to_string()});
      }
      add_sessions(account, 8);
    }
  }
  /// One a day, before today.
  void add_sessions(const test::TestDatabase::Account& account, int days) {
    database.run(
        "INSERT INTO rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, input_context, "
        "generated_response, generation_model, outcome, created_at) SELECT $1, $2, 'h', 'follow_up', '{}', 'r', 'm', "
        "(ARRAY['converted', 'positive_reply', NULL])[1 + i % 3], now() - make_interval(days => i) FROM "
        "generate_series(1, $3::int) AS i",
        {account.user_id.to_string(), account.org_id.to_string(), std::to_string(days)});
  }
  std::string wrong() { return database.run_as(Login::worker, wrong_sql).value(); }
  std::int64_t entries() { return database.run_as(Login::worker, entries_sql).integer(); }
  std::int64_t refresh(int most = 100'000) {
    return database.run_as(Login::worker, fmt::format("SELECT salesflow.refresh_summaries({})", most)).integer();
  }

  test::TestDatabase database;
  test::TestDatabase::Account ann = database.create_account("ann@example.com"),
                              bob = database.create_account("bob@example.com");
};

TEST_F(Summaries, AreExactBesideRandomWritersWhileTheyAreRefreshedAndInvalidated) {
  std::atomic<int> committed = 0;
  std::atomic<bool> done = false;
  std::vector<std::thread> writers;
  for (std::uint32_t writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&, writer] {
      test::RandomWriter random(database.url(Login::superuser), 20261129 + writer, "salesflow.invalidation_logs");
      for (int i = 0; i < 60; ++i)
        committed += random.write() ? 1 : 0;
    });
  }
  std::vector<std::thread> others;
  for (int refresher = 0; refresher < 2; ++refresher) {
    others.emplace_back([&] {
      auto session = SqlSession::connect(database.url(Login::worker)).value();
      while (!done) {
        session.run("SELECT salesflow.refresh_summaries(7)").value();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
  }
  others.emplace_back([&] {
    auto session = SqlSession::connect(database.url(Login::owner)).value();
    const auto names = session.run("SELECT name FROM salesflow.invalidation_logs").value();
    for (std::size_t i = 0; !done; i = (i + 1) % names.rows.size()) {
      session.run("CALL salesflow.invalidate($1)", {names.value(i)}).value();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  for (int i = 0; i < 25; ++i)
    EXPECT_EQ(wrong(), "") << "look " << i;
  for (auto& thread : writers)
    thread.join();
  done = true;
  for (auto& thread : others)
    thread.join();
  EXPECT_EQ(wrong(), "");
  while (refresh() > 0) {
  }
  EXPECT_EQ(entries(), 0);
  EXPECT_EQ(wrong(), "");
  EXPECT_GT(committed, 30);
}

TEST_F(Summaries, NoteWhatARowWasAndIs) {
  refresh();
  ASSERT_EQ(entries(), 0);
  database.run("UPDATE rlhf_feedback_sessions SET edited_response = 'x'");
  EXPECT_EQ(entries(), 0) << "nothing that a figure shows";
  database.run("UPDATE rlhf_feedback_sessions SET user_id = $1 WHERE user_id = $2",
               {bob.user_id.to_string(), ann.user_id.to_string()});
  EXPECT_GT(entries(), 0);
  EXPECT_EQ(wrong(), "");
  refresh();
  EXPECT_EQ(wrong(), "");
  EXPECT_EQ(
      database.run("SELECT count(*) FROM user_session_days WHERE user_id = $1", {ann.user_id.to_string()}).value(),
      "0");
}

TEST_F(Summaries, ATruncateIsSeenWholeWhateverItsSnapshot) {
  auto old = SqlSession::connect(database.url(Login::superuser)).value();
  for (const char* level : {"READ COMMITTED", "REPEATABLE READ"}) {
    old.run(std::string("BEGIN ISOLATION LEVEL ") + level).value();
    old.run("SELECT count(*) FROM leads").value();
    add_sessions(ann, 3);
    refresh();
    old.run("TRUNCATE rlhf_feedback_sessions").value();
    old.run("COMMIT").value();
    EXPECT_EQ(wrong(), "") << level;
    EXPECT_EQ(database.run("SELECT count(*) FROM org_session_days").value(), "0") << level;
    EXPECT_EQ(database.run("SELECT count(*) FROM session_invalidations").value(), "0") << level;
  }
}

TEST_F(Summaries, FindWhatADisabledTriggerMissed) {
  refresh();
  database.run("ALTER TABLE rlhf_feedback_sessions DISABLE TRIGGER USER");
  add_sessions(ann, 1);
  database.run("ALTER TABLE rlhf_feedback_sessions ENABLE TRIGGER USER");
  EXPECT_EQ(wrong(), "org_session_days: 2, user_session_days: 2, user_strategy_days: 2")
      << "what stands there, and what should";
  database.session(Login::owner).run("CALL salesflow.invalidate('session_invalidations')").value();
  EXPECT_EQ(wrong(), "");
  refresh();
  EXPECT_EQ(wrong(), "");
  EXPECT_EQ(entries(), 0);
}

TEST_F(Summaries, RunNothingOfAWritersSchema) {
  database.run(
      "CREATE SCHEMA mine; GRANT USAGE ON SCHEMA mine TO PUBLIC; CREATE FUNCTION mine.trap(timestamptz, timestamptz) "
      "RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$; CREATE OPERATOR mine.>= (FUNCTION = "
      "mine.trap, LEFTARG = timestamptz, RIGHTARG = timestamptz); CREATE FUNCTION mine.timezone(text, timestamptz) "
      "RETURNS timestamp LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$; CREATE FUNCTION mine.eq(text, text) "
      "RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$; CREATE OPERATOR mine.= (FUNCTION = "
      "mine.eq, LEFTARG = text, RIGHTARG = text)");
  database.run("SET search_path = mine, public, pg_catalog");
  add_sessions(ann, 2);
  database.run("UPDATE public.rlhf_feedback_sessions SET outcome = 'unknown'");
  database.run("DELETE FROM public.rlhf_feedback_sessions");
  database.run("SET search_path = public");
  EXPECT_GT(entries(), 0);
  EXPECT_EQ(wrong(), "");
}

}  // namespace
}  // namespace salesflow
