// A Monday: the database of a service that runs is adopted by the binary, served to the people who exist, and given
// back.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "build_paths.hpp"
#include "platform/cluster/child_process.hpp"
#include "tests/integration/running_server.hpp"
#include "tests/support/found_database.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using cluster::Login;

class SwitchingStory : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<FoundServer>("switching"); }
  static void TearDownTestSuite() { server.reset(); }

  static Environment environment_of(const FoundDatabase& found) {
    return {{"MIGRATION_DATABASE_URL", found.owner_url()}};
  }
  /// Runs the binary and reads the one JSON object that it prints.
  static json::object run(const FoundDatabase& found, std::vector<std::string> arguments, int exit_code = 0) {
    arguments.emplace_back("--json");
    const auto result = run_salesflow(arguments, environment_of(found));
    EXPECT_EQ(result.exit_code, exit_code) << result.output;
    boost::system::error_code not_json;
    const auto answer = json::parse(result.output, not_json);
    EXPECT_FALSE(not_json) << result.output;
    return not_json ? json::object{} : answer.as_object();
  }
  static std::string states(const json::object& answer) {
    std::string text;
    for (const auto& step : answer.at("steps").as_array())
      text += std::string(step.at("name").as_string()) + "=" + std::string(step.at("state").as_string()) + " ";
    return text;
  }
  static std::unique_ptr<RunningServer> serve(FoundDatabase& found, Environment extra = {}) {
    found.open_logins();
    auto environment = server_environment(found.url(Login::app), found.url(Login::auth), found.url(Login::worker));
    environment["SALESFLOW_PROCESS_SEQUENCES"] = "false";  // what was due at the old service stays so
    environment.merge(extra);
    return std::make_unique<RunningServer>(environment);
  }
  static JsonAnswer log_in(const RunningServer& running, const std::string& email) {
    return running.call("POST", "/api/auth/login", {},
                        json::serialize(json::object{{"username", email}, {"password", found_password}}));
  }

  static inline std::unique_ptr<FoundServer> server;
};

constexpr const char* all_done =
    "checks=done plan=done up=done backfill=done passwords=done organisations=done summary=done ";

TEST_F(SwitchingStory, PeopleWorkWithWhatTheyHadAndAllOfItComesBack) {
  for (const auto& [history, owner] :
       {std::pair{History::a, FoundOwner::superuser}, {History::b, FoundOwner::restricted}}) {
    FoundDatabase found(*server, {.history = history, .owner = owner});
    SCOPED_TRACE(found.shape().describe());
    const std::string schema = dump_schema(found.superuser_url()), roles = dump_roles(server->superuser_url());
    auto rows = found.hash_found();

    const auto rehearsal = run(found, {"adopt", "--dry-run"});
    EXPECT_EQ(dump_schema(found.superuser_url()), schema) << "a rehearsal changed something";
    EXPECT_EQ(run(found, {"adopt"}, 1).at("error"), "nothing was changed: give --yes") << "no terminal, no question";
    EXPECT_EQ(dump_schema(found.superuser_url()), schema);
    const auto adopted = run(found, {"adopt", "--yes", "--duty", "100"});
    EXPECT_EQ(states(adopted), all_done);
    EXPECT_EQ(adopted.at("organizations").at("organizations").as_array().size(),
              rehearsal.at("organizations").at("organizations").as_array().size());
    {
      auto running = serve(found);
      for (int user = 1; user <= 8; ++user) {
        if (user == 6)
          continue;  // found with two passwords
        SCOPED_TRACE(user);
        const auto login = log_in(*running, found_email(user));
        ASSERT_EQ(login.status, 200) << login.raw.body;
        const std::string token(login.body.at("access_token").as_string());
        for (const char* screen : {"/api/auth/me", "/api/organization", "/api/leads", "/api/contacts", "/api/deals",
                                   "/api/deals/pipeline", "/api/tasks", "/api/autopilot/message-events"}) {
          const auto answer = running->get(screen, token);
          EXPECT_EQ(answer.status, 200) << screen << ": " << answer.raw.body;
        }
        const std::string org = std::string(running->get("/api/organization", token).body.at("id").as_string());
        EXPECT_EQ(running->get("/api/contacts", token).body.at("total").to_number<std::int64_t>(),
                  found.run("SELECT count(*) FROM contacts WHERE org_id = $1", {org}).integer());
      }
      const auto leads =
          running->get("/api/leads", std::string(log_in(*running, found_email(1)).body.at("access_token").as_string()));
      EXPECT_EQ(leads.header("X-Total-Count"),
                found.run("SELECT count(*) FROM leads WHERE user_id = $1", {found_user(1).to_string()}).value());
    }
    found.close_logins();
    run(found, {"migrate", "down", "--to", "none", "--yes"});
    EXPECT_EQ(dump_schema(found.superuser_url()), schema);
    EXPECT_EQ(dump_roles(server->superuser_url()), roles);
    auto left = found.hash_found();
    for (auto* hashes : {&rows, &left})
      hashes->erase("public.users"), hashes->erase("users");  // people logged in: last_login, and profiles of their own
    EXPECT_EQ(left, rows);
  }
}

TEST_F(SwitchingStory, KilledAnywhereTheSameCommandGoesOn) {
  FoundDatabase found(*server, {.history = History::b, .owner = FoundOwner::restricted}, {.events = 4'000});
  const std::string applied =
      "SELECT CASE WHEN to_regclass('salesflow.schema_migrations') IS NULL THEN 0 ELSE (xpath('/row/n/text()', "
      "query_to_xml('SELECT count(*) AS n FROM salesflow.schema_migrations', false, true, '')))[1]::text::int END";
  // At the start, in the middle of the migrations, and in backfills.
  for (const int after : {5, 60}) {
    cluster::SpawnOptions spawn;
    spawn.arguments = {SALESFLOW_BINARY, "adopt", "--yes", "--batch-rows", "20", "--duty", "20"};
    spawn.environment = {"MIGRATION_DATABASE_URL=" + found.owner_url()};
    spawn.log_file =
        std::filesystem::temp_directory_path() / ("salesflow-adopt-" + found_user(after).to_string() + ".log");
    spawn.directory = "/tmp";
    spawn.user = cluster::SystemUser{.uid = ::getuid(), .gid = ::getgid(), .groups = {}, .name = {}, .is_self = true};
    auto victim = cluster::ChildProcess::spawn(spawn).value();
    ASSERT_TRUE(wait_until([&] { return found.run(applied).integer() >= after || !victim.is_running(); },
                           std::chrono::seconds(60)))
        << cluster::log_tail(spawn.log_file);
    victim.signal(SIGKILL);
    (void)victim.wait(std::chrono::seconds(10));
    std::filesystem::remove(spawn.log_file);
  }
  const auto status = run(found, {"adopt", "status"});
  EXPECT_EQ(status.at("steps").at(0).at("state"), "open");
  const auto rest = run(found, {"adopt", "--yes", "--duty", "100"});
  EXPECT_NE(states(rest).find("up=again backfill="), std::string::npos) << states(rest);
  EXPECT_EQ(states(run(found, {"adopt", "--yes"})),
            "checks=done plan=done up=skipped backfill=skipped passwords=done organisations=skipped summary=done ");
  EXPECT_EQ(run(found, {"migrate", "verify"}).at("differences").as_array().size(), 0u);
}

TEST_F(SwitchingStory, AUserWithoutOrganisationIsToldOrGetsOne) {
  FoundDatabase found(*server, {.history = History::a, .owner = FoundOwner::superuser}, {.events = 100});
  run(found, {"adopt", "--yes", "--duty", "100", "--by", "domain"});
  found.run("DELETE FROM org_members; DELETE FROM organizations");
  {
    auto running = serve(found);
    const std::string token(log_in(*running, found_email(1)).body.at("access_token").as_string());
    const auto refused = running->get("/api/contacts", token);
    EXPECT_EQ(refused.status, 403);
    EXPECT_NE(refused.detail().find("organisation"), std::string::npos) << refused.detail();
    EXPECT_NE(refused.detail().find("owner"), std::string::npos) << "it says who can help: " << refused.detail();
    EXPECT_EQ(running->get("/api/leads", token).status, 200) << "what is one's own needs no organisation";
    const auto made = run(found, {"org", "create", "--name", "Muster GmbH", "--owner", found_email(1)});
    EXPECT_TRUE(wait_until([&] { return running->get("/api/contacts", token).status == 200; }))
        << "one membership needs no claim";
    EXPECT_EQ(running->get("/api/organization", token).body.at("id"), made.at("id"));
  }
  {
    auto running = serve(found, {{"SALESFLOW_ORG_PROVISIONING", "on"}});
    const std::string token(log_in(*running, found_email(2)).body.at("access_token").as_string());
    EXPECT_EQ(running->get("/api/contacts", token).status, 200);
    EXPECT_EQ(running->get("/api/organization", token).body.at("role"), "owner");
  }
  EXPECT_EQ(found.run("SELECT count(*) FROM organizations").integer(), 2);
  found.close_logins();
}

/// The lines that begin with `salesflow` of a page's code blocks, continued lines joined, comments gone.
std::vector<std::string> commands_of(const std::string& page) {
  std::ifstream file(std::string(SALESFLOW_SOURCE_DIR) + "/docs/" + page);
  std::vector<std::string> commands;
  bool in_block = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```"))
      in_block = line == "```sh";
    else if (in_block && line.starts_with("salesflow "))
      commands.push_back(line.substr(0, line.find("  #")));
  }
  return commands;
}

/// A command's words; quotes hold words together.
std::vector<std::string> words_of(const std::string& command) {
  std::vector<std::string> words;
  const std::regex word(R"re("([^"]*)"|(\S+))re");
  for (auto match = std::sregex_iterator(command.begin(), command.end(), word); match != std::sregex_iterator();
       ++match)
    words.push_back((*match)[1].matched ? (*match)[1].str() : (*match)[2].str());
  return words;
}

TEST_F(SwitchingStory, TheCommandsOfTheGuideWorkInTheirOrder) {
  const auto commands = commands_of("switching.md");
  ASSERT_GE(commands.size(), 14u);
  EXPECT_EQ(commands_of("switching.de.md"), commands) << "both languages tell the same commands";
  FoundDatabase found(*server, {.history = History::b, .owner = FoundOwner::restricted}, {.events = 100});
  found.run("UPDATE users SET email = 'anna@example.com' WHERE id = $1", {found_user(1).to_string()});
  found.run("UPDATE users SET email = 'ben@example.com' WHERE id = $1", {found_user(2).to_string()});
  const std::string schema = dump_schema(found.superuser_url());
  for (const auto& command : commands) {
    auto words = words_of(command);
    words.erase(words.begin());
    if (words[0] == "serve" || words[0] == "config")
      continue;  // the other stories run them
    if (const auto rehearsal = std::find(words.begin(), words.end(), "postgresql:///rehearsal");
        rehearsal != words.end())
      *rehearsal = found.owner_url();
    const bool asks = words == std::vector<std::string>{"adopt"} || (words.size() > 1 && words[1] == "down");
    if (asks && std::find(words.begin(), words.end(), "--yes") == words.end())
      words.emplace_back("--yes");
    const auto result = run_salesflow(words, environment_of(found));
    EXPECT_EQ(result.exit_code, 0) << command << "\n" << result.output;
  }
  EXPECT_EQ(dump_schema(found.superuser_url()), schema);
}

}  // namespace
}  // namespace salesflow::test
