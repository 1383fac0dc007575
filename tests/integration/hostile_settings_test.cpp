// Settings of a role or a database change no answer, straight and through a pooler.
#include <regex>
#include <thread>

#include "tests/integration/server_story.hpp"
#include "tests/support/hostile_settings.hpp"
#include "tests/support/sample_data.hpp"
#include "tests/support/servers.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;

class HostileSettings : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    load_sample(database);
    const generator::Population population(sample_options());
    user_ = population.user_id(0).to_string();
    const std::string org = population.organization_id(population.organization_of_user(0)).to_string();
    token_ =
        run_salesflow({"token", "--user", user_, "--org", org, "--role", "owner"}, {{"JWT_SECRET", test_jwt_secret}})
            .output;
    token_.erase(token_.find_last_not_of(" \n") + 1);
  }
  bool is_pooled() const { return GetParam(); }

  std::unique_ptr<RunningServer> start() {
    const auto url = [&](Login login) { return is_pooled() ? database.pooled_url(login) : database.url(login); };
    auto environment = server_environment(url(Login::app), url(Login::auth), url(Login::worker));
    environment["SALESFLOW_PG_MODE"] = is_pooled() ? "pooled" : "direct";
    return std::make_unique<RunningServer>(environment);
  }
  void set(const Setting& setting, bool hostile) {
    for (const char* role : {"salesflow_app", "salesflow_auth", "salesflow_worker"}) {
      const std::string alter =
          "ALTER ROLE " + std::string(role) + " IN DATABASE " + database.name() + (hostile ? " SET " : " RESET ");
      database.run(alter + setting.name + (hostile ? std::string(" = ") + setting.value : ""));
    }
    // A pooler's connections have begun before.
    if (is_pooled())
      database.run(
          "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
          "WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename LIKE 'salesflow%'");
  }

  std::string one_of(const std::string& name) {
    static const std::map<std::string, std::string> statements{
        {"event_id", "SELECT id FROM message_events WHERE user_id = $1 ORDER BY id LIMIT 1"},
        {"contact_id",
         "SELECT c.id FROM contacts AS c, org_members AS m WHERE m.user_id = $1 AND c.org_id = m.org_id "
         "ORDER BY c.id LIMIT 1"},
        {"deal_id",
         "SELECT d.id FROM deals AS d, org_members AS m WHERE m.user_id = $1 AND d.org_id = m.org_id "
         "ORDER BY d.id LIMIT 1"},
        {"task_id",
         "SELECT t.id FROM tasks AS t, org_members AS m WHERE m.user_id = $1 AND t.org_id = m.org_id "
         "ORDER BY t.id LIMIT 1"},
        {"lead_id", "SELECT id FROM leads WHERE user_id = $1 ORDER BY id LIMIT 1"},
        {"note_id", "SELECT id FROM crm_notes WHERE user_id = $1 ORDER BY id LIMIT 1"},
        {"conversation_id", "SELECT id FROM dm_conversations WHERE user_id = $1 ORDER BY messages_sent DESC LIMIT 1"}};
    const auto statement = statements.find(name);
    if (statement == statements.end())
      return user_;
    const auto rows = database.run(statement->second, {user_});
    return rows.empty() ? user_ : rows.value();
  }
  /// Every GET of the document, with ids of rows that the user sees.
  std::vector<std::string> targets(const json::value& document) {
    std::vector<std::string> all;
    for (const auto& [path, operations] : document.at("paths").as_object()) {
      if (!operations.as_object().contains("get") || path == "/api/stream")  // which has no end
        continue;
      std::string target(path);
      for (auto open = target.find('{'); open != std::string::npos; open = target.find('{')) {
        const auto close = target.find('}');
        target.replace(open, close + 1 - open, one_of(target.substr(open + 1, close - open - 1)));
      }
      if (target == "/api/contacts/search")
        target += "?q=an";
      if (target == "/api/contacts/nearby")
        target += "?lat=48.2&lng=16.37&radius_km=500";
      all.push_back(target);
    }
    return all;
  }

  TestDatabase database;
  std::string user_, token_;
};

/// Figures tell the moment that they are of.
std::string timeless(const std::string& body) {
  static const std::regex moment(R"re("(as_of|age_s)":("[^"]*"|[0-9.e-]+))re");
  return std::regex_replace(body, moment, "");
}

TEST_P(HostileSettings, ChangeNoAnswer) {
  const auto normal = start();
  const json::value document = normal->get("/openapi.json").body;
  const auto paths = targets(document);
  EXPECT_GT(paths.size(), 50u);
  int well = 0;
  for (const std::string& target : paths) {
    const auto answer = normal->get(target, token_);
    well += answer.status == 200;
    EXPECT_NE(answer.status, 500) << target;
  }
  EXPECT_GT(well, 50);
  for (const Setting& setting : hostile_settings) {
    SCOPED_TRACE(std::string(setting.name) + " = " + setting.value);
    set(setting, true);
    const auto hostile = start();
    for (const std::string& target : paths) {
      if (target == "/metrics" || target == "/readyz" || target == "/version")
        continue;
      // What depends on the time is asked for again.
      JsonAnswer expected, got;
      for (int attempt = 0; attempt < 3; ++attempt) {
        expected = normal->get(target, token_);
        got = hostile->get(target, token_);
        if (got.status == expected.status && timeless(got.raw.body) == timeless(expected.raw.body))
          break;
      }
      EXPECT_EQ(got.status, expected.status) << target << "\n" << got.raw.body;
      if (expected.status == 200) {
        EXPECT_EQ(timeless(got.raw.body), timeless(expected.raw.body)) << target;
      }
    }
    const auto written =
        hostile->call("POST", "/api/autopilot/message-event", token_,
                      R"({"channel":"email","direction":"inbound","text":"Grüße 😀","raw_payload":{"a":"\\x41"}})");
    EXPECT_EQ(written.status, 200) << written.raw.body;
    if (written.status == 200) {
      EXPECT_EQ(written.body.at("event").at("text"), "Grüße 😀");
    }
    set(setting, false);
  }
}

/// Commands say and do the same, whatever the database sets for its sessions.
TEST(HostileDefaults, ChangeNoCommand) {
  TestDatabase database;
  load_sample(database);
  const std::string user = generator::Population(sample_options()).user_id(0).to_string();
  const Environment environment{{"DATABASE_URL", database.url(Login::app)},
                                {"MIGRATION_DATABASE_URL", database.url(Login::owner)},
                                {"SALESFLOW_AUTH_DATABASE_URL", database.url(Login::auth)},
                                {"SALESFLOW_WORKER_DATABASE_URL", database.url(Login::worker)},
                                {"JWT_SECRET", test_jwt_secret}};
  const std::vector<std::vector<std::string>> commands{
      {"migrate", "plan", "--json"},
      {"migrate", "verify", "--json"},
      {"migrate", "status"},
      {"partition", "status", "message_events", "--json"},
      {"org", "list", "--json"},
      {"org", "adopt", "--by", "single", "--name", "One", "--dry-run", "--json"},
      {"jobs", "--json"},
      {"explain", "events.list_pending", "--user", user, "--json"},
  };
  const auto answers = [&] {
    std::vector<std::string> all;
    for (const auto& command : commands) {
      const auto result = run_salesflow(command, environment);
      all.push_back(command[0] + " " + command[1] + ": " + std::to_string(result.exit_code) + "\n" +
                    (command[0] == "explain" ? "" : result.output));  // has times
    }
    return all;
  };
  const auto expected = answers();
  for (const auto& setting : hostile_settings)
    database.run("ALTER DATABASE " + database.name() + " SET " + setting.name + " = " + setting.value);
  EXPECT_EQ(answers(), expected);
  for (const std::vector<std::string>& writing :
       {std::vector<std::string>{"score", "--user", user, "--json"},
        std::vector<std::string>{"org", "create", "--name", "Grüße", "--owner", sample_options().demo_email},
        std::vector<std::string>{"token", "--user", user}}) {
    const auto result = run_salesflow(writing, environment);
    EXPECT_EQ(result.exit_code, 0) << writing[0] << "\n" << result.output;
  }
  EXPECT_EQ(database.run("SELECT count(*) FROM public.organizations WHERE name = 'Grüße'").value(), "1");
}

INSTANTIATE_TEST_SUITE_P(Modes, HostileSettings, testing::Values(false, true),
                         [](const auto& mode) { return mode.param ? "pooled" : "direct"; });

}  // namespace
}  // namespace salesflow::test
