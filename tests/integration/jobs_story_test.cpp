// Background jobs of the real server: seen by operators, and no reason to take a node out of service.
#include <set>

#include "tests/integration/server_story.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;

class JobsStory : public ServerStory {
 protected:
  const json::object* find(const json::value& body, std::string_view name) const {
    for (const auto& job : body.at("jobs").as_array()) {
      if (job.at("name").as_string() == name)
        return &job.as_object();
    }
    return nullptr;
  }
  static std::set<std::string> names(const json::value& body) {
    std::set<std::string> all;
    for (const auto& job : body.at("jobs").as_array())
      all.emplace(job.at("name").as_string());
    return all;
  }
  bool has_metric(const std::string& line) { return server().get("/metrics").raw.body.find(line) != std::string::npos; }
};

TEST_F(JobsStory, OperatorsSeeWhatRanAndReadinessDoesNotDependOnIt) {
  const auto anna = server().sign_up("anna@example.org");
  EXPECT_EQ(server().get("/api/ops/jobs", anna.token).status, 403);
  EXPECT_EQ(server().get("/api/ops/changes", anna.token).status, 403);
  database.run("UPDATE users SET role = 'superadmin' WHERE email = 'anna@example.org'");
  const auto login =
      server().call("POST", "/api/auth/login", "", R"({"username":"anna@example.org","password":"correct horse"})");
  ASSERT_EQ(login.status, 200) << login.raw.body;
  const std::string root(login.body.at("access_token").as_string());
  JsonAnswer seen;
  ASSERT_TRUE(wait_until(
      [&] {
        seen = server().get("/api/ops/jobs", root);
        const auto* fold = seen.status == 200 ? find(seen.body, "fold_rollups") : nullptr;
        return fold && fold->at("outcome") == "done" && find(seen.body, "watch_partitions") &&
               find(seen.body, "purge_sessions");
      },
      60s))
      << seen.raw.body;
  const auto& fold = *find(seen.body, "fold_rollups");
  EXPECT_EQ(fold.at("place").as_string(), "database");
  EXPECT_EQ(fold.at("epoch").as_int64(), 1);
  EXPECT_FALSE(fold.at("next_run_at").is_null());
  EXPECT_EQ(find(seen.body, "purge_sessions")->at("place").as_string(), "node");
  for (const char* name :
       {"process_sequences", "purge_idempotency_keys", "purge_job_runs", "purge_webhook_deliveries", "refresh_views"})
    EXPECT_TRUE(find(seen.body, name)) << name;

  const auto told = run_salesflow({"jobs", "--json"}, {{"DATABASE_URL", database.url(Login::app)}});
  ASSERT_EQ(told.exit_code, 0) << told.output;
  const auto told_names = names(json::parse(told.output.substr(told.output.find('{'))));
  for (const auto& name : names(seen.body))
    EXPECT_TRUE(told_names.contains(name)) << name;
  const auto table = run_salesflow({"jobs"}, {{"DATABASE_URL", database.url(Login::app)}});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_NE(table.output.find("fold_rollups"), std::string::npos) << table.output;

  // What this story wrote is on its way to its readers.
  ASSERT_TRUE(wait_until(
      [&] {
        seen = server().get("/api/ops/changes", root);
        return seen.status == 200 && seen.body.at("outbox_rows").as_int64() == 0 &&
               seen.body.at("feed_rows").as_int64() > 0;
      },
      60s))
      << seen.raw.body;
  EXPECT_GT(database.run("SELECT count(*) FROM salesflow.change_feed WHERE topic = 'users'").integer(), 0);
  const auto changes = run_salesflow({"changes", "--json"}, {{"DATABASE_URL", database.url(Login::app)}});
  ASSERT_EQ(changes.exit_code, 0) << changes.output;
  EXPECT_NE(changes.output.find("\"subscribers\":[]"), std::string::npos) << changes.output;
  EXPECT_NE(run_salesflow({"changes"}, {{"DATABASE_URL", database.url(Login::app)}}).output.find("0 rows wait"),
            std::string::npos);
  EXPECT_TRUE(has_metric("salesflow_change_feed_last_number"));

  // A job that cannot work.
  database.run("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA salesflow FROM salesflow_worker");
  ASSERT_TRUE(wait_until([&] { return has_metric("salesflow_job_failures_total{job=\"fold_rollups\"} 1"); }, 60s));
  EXPECT_EQ(server().get("/readyz").status, 200);
  EXPECT_TRUE(has_metric("salesflow_job_late{job=\"fold_rollups\"} 0"));
  EXPECT_TRUE(wait_until(
      [&] {
        seen = server().get("/api/ops/jobs", root);
        const auto& failed = *find(seen.body, "fold_rollups");
        return failed.at("outcome") == "failed" && failed.at("error").as_string().find("42501") != std::string::npos;
      },
      60s))
      << seen.raw.body;
}

TEST_F(JobsStory, AStoppedServerGivesItsLeasesBack) {
  const auto held = [&] {
    return database.run("SELECT count(*) FROM salesflow.job_leases WHERE expires_at > now()").integer();
  };
  ASSERT_TRUE(wait_until([&] { return server().get("/readyz").status == 200 && held() > 5; }, 60s));
  ASSERT_TRUE(server().process().stop(SIGTERM, 30s));
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(database.run("SELECT count(*) FROM salesflow.job_runs WHERE ended_at IS NULL").integer(), 0);
}

TEST_F(JobsStory, MonthsAheadAreMadeAndOldOnesDetached) {
  const Environment owner{{"MIGRATION_DATABASE_URL", database.url(Login::owner)}};
  const auto converted = run_salesflow({"partition", "convert", "message_events"}, owner);
  ASSERT_EQ(converted.exit_code, 0) << converted.output;
  const auto missing = [&] {
    return database.run("SELECT count(*) FROM salesflow.missing_months('message_events', 3)").integer();
  };
  const std::string last =
      database
          .run(
              "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'message_events'::regclass ORDER BY "
              "inhrelid DESC LIMIT 1")
          .value();
  // The old table ends long ago, as if years had passed, and this and the last month are missing.
  database.run_as(Login::owner, "ALTER TABLE message_events DETACH PARTITION " + last + "; DROP TABLE " + last +
                                    "; ALTER TABLE message_events DETACH PARTITION "
                                    "salesflow_partitions.message_events_legacy; ALTER TABLE message_events ATTACH "
                                    "PARTITION salesflow_partitions.message_events_legacy FOR VALUES FROM (MINVALUE) "
                                    "TO ('2020-01-01')");
  EXPECT_GT(missing(), 1);
  extra["SALESFLOW_EVENTS_RETENTION_MONTHS"] = "2";
  EXPECT_ANY_THROW(server()) << "fewer than three months are refused";
  extra["SALESFLOW_EVENTS_RETENTION_MONTHS"] = "24";
  const auto anna = server().sign_up("anna@example.org");
  EXPECT_TRUE(wait_until([&] { return missing() == 0; }, 60s)) << server().log_text();
  EXPECT_TRUE(wait_until([&] { return server().log_text().find("\"partition_detached\"") != std::string::npos; }, 60s))
      << server().log_text();
  EXPECT_EQ(database
                .run("SELECT count(*) FROM pg_class WHERE oid = "
                     "'salesflow_partitions.message_events_legacy'::regclass AND NOT relispartition")
                .integer(),
            1);
  create_event(anna.token, "hello");
}

}  // namespace
}  // namespace salesflow::test
