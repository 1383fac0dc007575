// Operators: who may ask /api/ops what, how fast the service says it is, what slow requests leave in the log.
#include <thread>

#include "tests/integration/server_story.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;

class OperatorsStory : public ServerStory {
 protected:
  CommandResult operators(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "operator");
    return run_salesflow(std::move(arguments), {{"MIGRATION_DATABASE_URL", database.url(Login::owner)}});
  }
  std::string login(const std::string& email) {
    const auto answer =
        server().call("POST", "/api/auth/login", "", R"({"username":")" + email + R"(","password":"correct horse"})");
    EXPECT_EQ(answer.status, 200) << answer.raw.body;
    return std::string(answer.body.at("access_token").as_string());
  }
  static const json::value* find(const json::array& list, const char* member, std::string_view name) {
    for (const auto& item : list) {
      if (item.at(member).as_string() == name)
        return &item;
    }
    return nullptr;
  }
  /// The lines of the log that tell of slow requests and plans.
  std::string slow_lines() {
    std::istringstream log(server().log_text());
    std::string lines;
    for (std::string line; std::getline(log, line);) {
      if (line.find("\"event\":\"request_slow\"") != std::string::npos ||
          line.find("\"event\":\"slow_plan\"") != std::string::npos)
        lines += line + "\n";
    }
    return lines;
  }
};

TEST_F(OperatorsStory, EveryOperatorsRouteRefusesASalespersonAndReadsAreForOperators) {
  const auto anna = server().sign_up("anna@example.com"), olga = server().sign_up("olga@example.com"),
             root = server().sign_up("root@example.com");
  database.run("UPDATE users SET role = 'superadmin' WHERE email = 'root@example.com'");
  const std::string root_token = login("root@example.com");

  const auto added = operators({"add", "--user", "olga@example.com"});
  EXPECT_EQ(added.exit_code, 0) << added.output;
  EXPECT_NE(operators({"add", "--user", "olga@example.com"}).output.find("already"), std::string::npos);
  EXPECT_EQ(operators({"add", "--user", "nobody@example.com"}).exit_code, 1);
  const auto list = json::parse(operators({"list", "--json"}).output);
  EXPECT_EQ(list.at("operators").as_array().size(), 2u) << "the superadmin is one of them";

  // The table of routes tells which there are: a new one is tried without being named here.
  const auto document = server().get("/openapi.json").body;
  int reads = 0, changes = 0;
  for (const auto& [path, operations] : document.at("paths").as_object()) {
    if (!std::string_view(path).starts_with("/api/ops/"))
      continue;
    for (const auto& [method, operation] : operations.as_object()) {
      SCOPED_TRACE(std::string(method) + " " + std::string(path));
      std::string verb = method;
      std::transform(verb.begin(), verb.end(), verb.begin(), [](unsigned char c) { return std::toupper(c); });
      const std::string body = verb == "GET" ? "" : "{}";
      EXPECT_EQ(server().call(verb, path, "", body).status, 401);
      EXPECT_EQ(server().call(verb, path, anna.token, body).status, 403);
      EXPECT_TRUE(operation.at("responses").as_object().contains("403"));
      if (verb == "GET") {
        ++reads;
        const auto answer = server().call(verb, path, olga.token);
        EXPECT_EQ(answer.status, 200) << answer.raw.body;
        EXPECT_EQ(server().call(verb, path, root_token).status, 200) << "a superadmin may do all that an operator may";
      } else {
        ++changes;
        EXPECT_EQ(server().call(verb, path, olga.token, body).status, 403) << "operators change nothing";
      }
    }
  }
  EXPECT_GE(reads, 10);
  EXPECT_GE(changes, 3);

  // It is the database's word, as of now: no token has to end first.
  EXPECT_EQ(operators({"remove", "--user", "olga@example.com"}).exit_code, 0);
  EXPECT_EQ(server().get("/api/ops/jobs", olga.token).status, 403);
  operators({"add", "--user", "olga@example.com"});
  EXPECT_EQ(server().get("/api/ops/jobs", olga.token).status, 200);
  database.run("UPDATE users SET is_active = false WHERE email = 'olga@example.com'");
  EXPECT_EQ(server().get("/api/ops/jobs", olga.token).status, 403) << "the account is off";
}

TEST_F(OperatorsStory, RoutesStatementsTablesAndIndexesAreToldWithTheirFigures) {
  const auto anna = server().sign_up("anna@example.com");
  operators({"add", "--user", "anna@example.com"});
  for (int i = 0; i < 5; ++i)
    create_event(anna.token, "Hallo");
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(server().get("/api/autopilot/message-events", anna.token).status, 200);
  EXPECT_EQ(server().get("/api/autopilot/message-events?limit=0", anna.token).status, 422);

  const auto routes = server().get("/api/ops/routes", anna.token);
  ASSERT_EQ(routes.status, 200) << routes.raw.body;
  const auto* listed = find(routes.body.at("routes").as_array(), "route", "list_events");
  ASSERT_NE(listed, nullptr) << routes.raw.body;
  EXPECT_EQ(listed->at("requests").as_int64(), 21);
  EXPECT_EQ(listed->at("refused").as_int64(), 1);
  EXPECT_EQ(listed->at("errors").as_int64(), 0);
  EXPECT_GT(listed->at("p50_ms").to_number<double>(), 0);
  EXPECT_GE(listed->at("p99_ms").to_number<double>(), listed->at("p50_ms").to_number<double>());
  EXPECT_GT(listed->at("per_s").to_number<double>(), 0);

  const auto queries = server().get("/api/ops/queries", anna.token);
  ASSERT_EQ(queries.status, 200) << queries.raw.body;
  const auto* query = find(queries.body.at("queries").as_array(), "query", "events.list_events");
  ASSERT_NE(query, nullptr) << queries.raw.body;
  EXPECT_EQ(query->at("calls").as_int64(), 20);
  EXPECT_EQ(query->at("rows_a_call").to_number<double>(), 5);
  EXPECT_EQ(query->at("file").as_string(), "features/events/sql/list_events.sql");
  EXPECT_TRUE(query->at("buffers_a_call").is_null());
  EXPECT_NE(queries.body.at("no_buffers").as_string().find("not looked at yet"), std::string::npos);

  database.run("ANALYZE message_events");
  const auto indexes = server().get("/api/ops/indexes", anna.token);
  ASSERT_EQ(indexes.status, 200) << indexes.raw.body;
  EXPECT_NE(find(indexes.body.at("tables").as_array(), "name", "message_events"), nullptr) << indexes.raw.body;
  const auto* index = find(indexes.body.at("indexes").as_array(), "name", "idx_message_events_user_created_direction");
  ASSERT_NE(index, nullptr) << indexes.raw.body;
  EXPECT_EQ(index->at("table_name").as_string(), "message_events");
  EXPECT_TRUE(index->at("is_valid").as_bool());

  const auto plans = server().get("/api/ops/plans", anna.token);
  ASSERT_EQ(plans.status, 200) << plans.raw.body;
  EXPECT_TRUE(plans.body.at("findings").as_array().empty());
  EXPECT_EQ(server().get("/api/ops/slow", anna.token).body.at("threshold_ms").to_number<double>(), 500);
}

TEST_F(OperatorsStory, ASlowRequestTellsItsStatementsItsWaitsAndAPlanAndNothingThatSomebodyWrote) {
  extra["SALESFLOW_HTTP_SLOW_REQUEST"] = "150";
  const auto anna = server().sign_up("anna@example.com");
  operators({"add", "--user", "anna@example.com"});
  const std::string contact = "0192f3a0-dead-7000-8000-00000000beef";
  const std::string id = create_event(anna.token, "planted text");
  create_event(anna.token, "planted text");
  create_event(anna.token, "planted text");
  // A migration that holds the table is what makes a fast read slow.
  const auto hold_and_call = [&](const std::string& method, const std::string& path, const std::string& body) {
    auto holder = SqlSession::connect(database.url(Login::superuser)).value();
    holder.run("BEGIN; LOCK TABLE message_events").value();
    std::thread letting_go([&] {
      std::this_thread::sleep_for(400ms);
      holder.run("ROLLBACK").value();
    });
    const auto answer = server().call(method, path, anna.token, body, {{"X-Planted", "plantedheader"}});
    letting_go.join();
    return answer;
  };
  const auto listed = hold_and_call("GET", "/api/autopilot/message-events?limit=1&plantedname=plantedvalue", "");
  ASSERT_EQ(listed.status, 200) << listed.raw.body;
  const auto filtered = hold_and_call("GET", "/api/autopilot/message-events/pending?limit=5&contact_id=" + contact, "");
  ASSERT_EQ(filtered.status, 200) << filtered.raw.body;
  const auto written =
      hold_and_call("PUT", "/api/autopilot/message-event/" + id + "/suggested-reply", R"({"text":"plantedbody"})");
  ASSERT_EQ(written.status, 200) << written.raw.body;

  JsonAnswer slow;
  ASSERT_TRUE(wait_until(
      [&] {
        slow = server().get("/api/ops/slow", anna.token);
        return slow.status == 200 && slow.raw.body.find("ANALYZE, BUFFERS") != std::string::npos;
      },
      30s))
      << slow.raw.body << slow_lines();
  const auto* read = find(slow.body.at("requests").as_array(), "route", "/api/autopilot/message-events");
  ASSERT_NE(read, nullptr) << slow.raw.body;
  EXPECT_GE(read->at("took_ms").to_number<double>(), 150);
  EXPECT_GE(read->at("db_ms").to_number<double>(), 150);
  const auto& query = read->at("queries").as_array().at(0);
  EXPECT_EQ(query.at("query").as_string(), "events.list_events");
  EXPECT_EQ(query.at("rows").as_int64(), 2) << "one more tells of a next page";
  EXPECT_GE(query.at("took_ms").to_number<double>(), 150);
  EXPECT_EQ(query.at("parameters").as_array().at(0).at("type").as_string(), "uuid");
  const std::string shapes = json::serialize(read->at("parameters"));
  EXPECT_EQ(shapes, R"([{"name":"limit","type":"integer","bytes":1},{"name":"?","type":"text","bytes":12}])");
  const auto& plan = read->at("plan");
  EXPECT_NE(plan.at("how").as_string().find("ANALYZE, BUFFERS"), std::string::npos);
  EXPECT_GT(plan.at("buffers").as_int64(), 0);
  EXPECT_EQ(plan.at("rows").as_int64(), 2) << "with the same values";
  EXPECT_NE(plan.at("plan").as_string().find("$1"), std::string::npos) << plan;
  EXPECT_NE(plan.at("plan").as_string().find("Buffers:"), std::string::npos) << plan;
  const auto* write =
      find(slow.body.at("requests").as_array(), "route", "/api/autopilot/message-event/{event_id}/suggested-reply");
  ASSERT_NE(write, nullptr) << slow.raw.body;
  EXPECT_EQ(write->at("parameters").as_array().at(0).at("name").as_string(), "event_id");
  EXPECT_GT(write->at("body_bytes").as_int64(), 0);

  std::string lines;  // written out within a second
  EXPECT_TRUE(wait_until(
      [&] {
        lines = slow_lines();
        return lines.find("slow_plan") != std::string::npos;
      },
      10s));
  EXPECT_NE(lines.find("events.list_events"), std::string::npos) << lines;
  for (const std::string& planted : {std::string("planted"), contact, id, anna.user_id, anna.token}) {
    EXPECT_EQ(lines.find(planted), std::string::npos) << planted << " in\n" << lines;
    EXPECT_EQ(slow.raw.body.find(planted), std::string::npos) << planted << " in\n" << slow.raw.body;
  }
  EXPECT_EQ(server().log_text().find("planted"), std::string::npos) << "nor anywhere else in the log";
}

}  // namespace
}  // namespace salesflow::test
