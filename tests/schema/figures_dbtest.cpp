// What operators learn of kept figures: what waits, what is wrong and how to mend it, which triggers do not fire.
#include <gtest/gtest.h>

#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::TestDatabase;

struct Figures : ::testing::Test {
  TestDatabase database;
  const TestDatabase::Account anna = database.create_account("anna@example.com");

  std::string worker(const std::string& sql) { return database.run_as(Login::worker, sql).value(); }
  void add_sessions(int count) {
    database.run(
        "INSERT INTO rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, input_context, "
        "generated_response, generation_model, created_at) SELECT $1, $2, 'h', 'follow_up', '{}', 'r', 'm', "
        "'2026-06-01Z'::timestamptz + i * interval '1 hour' FROM generate_series(1, $3) AS i",
        {anna.user_id.to_string(), anna.org_id.to_string(), std::to_string(count)});
  }
  void add_lead() { database.run("INSERT INTO leads (user_id, name) VALUES ($1, 'Eva')", {anna.user_id.to_string()}); }
  std::string wrong() {
    return worker(
        "SELECT coalesce(string_agg(name || ' ' || kind || ': ' || mend, ', ' ORDER BY name), 'none') FROM "
        "salesflow.verify_figures() WHERE wrong > 0");
  }
  std::string waiting(const std::string& name) {
    return worker("SELECT waiting FROM salesflow.list_figures() WHERE name = '" + name + "'");
  }
};

TEST_F(Figures, TellWhatWaitsForTheWorker) {
  EXPECT_EQ(worker("SELECT count(*) FROM salesflow.list_figures() WHERE kind = 'roll-up'"),
            database.run("SELECT count(*) FROM salesflow.rollups").value());
  add_sessions(30);
  add_lead();
  EXPECT_EQ(waiting("session_invalidations"), "2") << "two days";
  EXPECT_EQ(waiting("user_lead_counts"), "1");
  worker("SELECT salesflow.refresh_summaries(1000) + salesflow.fold_rollups(1000)");
  EXPECT_EQ(waiting("session_invalidations"), "0");
  EXPECT_EQ(waiting("user_lead_counts"), "0");
  EXPECT_EQ(
      worker("SELECT concat_ws(' ', rows, log, job) FROM salesflow.list_figures() WHERE name = 'org_session_days'"),
      "2 session_invalidations refresh_summaries");
  database.run_as(Login::app, "SELECT FROM salesflow.list_figures()");
  EXPECT_ANY_THROW(database.run_as(Login::app, "SELECT FROM salesflow.verify_figures()"));
  EXPECT_ANY_THROW(database.run_as(Login::app, "SELECT FROM salesflow.rebuild_figure('user_lead_counts')"));
}

TEST_F(Figures, NameWhatIsWrongWithTheStatementThatMendsIt) {
  add_sessions(30);
  add_lead();
  worker("SELECT salesflow.refresh_summaries(1000) + salesflow.fold_rollups(1000)");
  EXPECT_EQ(wrong(), "none");
  database.run("UPDATE org_session_days SET people = NULL WHERE day = '2026-06-01'");
  database.run("UPDATE user_lead_counts_folded SET rows = rows + 1");
  EXPECT_EQ(wrong(),
            "org_session_days summary: CALL salesflow.invalidate('session_invalidations'), user_lead_counts roll-up: "
            "CALL salesflow.recount_rollup('user_lead_counts')");
  EXPECT_EQ(worker("SELECT string_agg(name || ' ' || wrong, ', ' ORDER BY name) FROM salesflow.list_figures() WHERE "
                   "wrong > 0"),
            "org_session_days 2, user_lead_counts 1")
      << "what was found is remembered";
  EXPECT_EQ(worker("SELECT concat_ws(' ', kind, log, waiting > 0) FROM salesflow.rebuild_figure('org_session_days')"),
            "summary session_invalidations t");
  EXPECT_EQ(worker("SELECT concat_ws(' ', kind, waiting) FROM salesflow.rebuild_figure('user_lead_counts')"),
            "roll-up 1");
  EXPECT_EQ(wrong(), "none") << "right at once, before the worker came";
  worker("SELECT salesflow.refresh_summaries(1000) + salesflow.fold_rollups(1000)");
  EXPECT_EQ(wrong(), "none");
  EXPECT_EQ(worker("SELECT kind FROM salesflow.rebuild_figure('of nothing')"), "");
}

TEST_F(Figures, AreMendedByTheStatementsOfTheirBrokenTriggers) {
  const std::string faults =
      "SELECT coalesce(string_agg(name || ' ' || fault, ', ' ORDER BY name), 'none') FROM "
      "salesflow.list_trigger_faults()";
  EXPECT_EQ(worker(faults), "none");
  const auto shape = [&] {
    return database
        .run(
            "SELECT string_agg(pg_get_triggerdef(oid) || tgenabled::text, E'\\n' ORDER BY tgrelid, tgname) FROM "
            "pg_trigger "
            "WHERE "
            "tgrelid IN ('leads'::regclass, 'deals'::regclass, 'rlhf_feedback_sessions'::regclass) AND NOT "
            "tgisinternal")
        .value();
  };
  const auto before = shape();
  database.run("ALTER TABLE rlhf_feedback_sessions DISABLE TRIGGER salesflow_session_invalidations_insert");
  for (const char* event : {"insert", "update", "delete", "truncate"})
    database.run(std::string("DROP TRIGGER salesflow_user_lead_counts_") + event + " ON leads");
  database.run("DROP TRIGGER salesflow_org_open_deal_sums_update ON deals");
  add_sessions(30);
  add_lead();
  EXPECT_EQ(worker(faults),
            "salesflow_org_open_deal_sums_update missing, salesflow_session_invalidations_insert disabled, "
            "salesflow_user_lead_counts_delete missing, salesflow_user_lead_counts_insert missing, "
            "salesflow_user_lead_counts_truncate missing, salesflow_user_lead_counts_update missing");
  EXPECT_NE(wrong().find("user_lead_counts"), std::string::npos);
  EXPECT_NE(wrong().find("org_session_days"), std::string::npos);
  const auto mends = database.run("SELECT mend FROM salesflow.list_trigger_faults()");
  for (std::size_t i = 0; i < mends.rows.size(); ++i)
    database.run(mends.value(i));
  EXPECT_EQ(worker(faults), "none");
  EXPECT_EQ(shape(), before);
  worker("SELECT count(*) FROM salesflow.rebuild_figure('session_invalidations')");
  worker("SELECT count(*) FROM salesflow.rebuild_figure('user_lead_counts')");
  worker("SELECT salesflow.refresh_summaries(1000) + salesflow.fold_rollups(1000)");
  EXPECT_EQ(wrong(), "none");
}

TEST_F(Figures, AddUpWhatAllNodesProved) {
  const auto add = [&](const std::string& counts) {
    database.run_as(Login::auth, "SELECT salesflow.add_proofs(" + counts + ")");
  };
  add("'{dashboard,badges}', '{30,2}', '{1,0}', '{0,1}'");
  add("'{dashboard}', '{70}', '{0}', '{0}'");
  database.run("INSERT INTO salesflow.proofs VALUES ('dashboard', current_date - 31, 1000, 0, 5, now())");
  EXPECT_EQ(database
                .run_as(Login::app,
                        "SELECT string_agg(concat_ws(' ', kind, checked, skipped, wrong, wrong_at IS NOT NULL), ', ') "
                        "FROM salesflow.list_proofs(30)")
                .value(),
            "badges 2 0 1 t, dashboard 100 1 0 f");
  EXPECT_ANY_THROW(database.run_as(Login::app, "SELECT salesflow.add_proofs('{x}', '{1}', '{1}', '{1}')"));
}

TEST_F(Figures, AnalyticsAreSwitchedBySuperadminsAlone) {
  const auto as = [&](const std::string& sql) {
    return database.run_as_tenant(anna.user_id, anna.org_id, sql).value();
  };
  EXPECT_EQ(as("SELECT salesflow.switch_analytics_mode('raw') IS NULL"), "t");
  EXPECT_EQ(as("SELECT mode FROM salesflow.read_analytics_mode()"), "");
  database.run("UPDATE users SET role = 'superadmin' WHERE id = $1", {anna.user_id.to_string()});
  EXPECT_EQ(as("SELECT salesflow.switch_analytics_mode('raw') IS NULL"), "f");
  EXPECT_EQ(as("SELECT mode FROM salesflow.read_analytics_mode()"), "raw");
}

}  // namespace
}  // namespace salesflow
