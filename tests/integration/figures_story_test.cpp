// Dashboards, templates and feedback over HTTP: what is refused and why; and what operators do about kept figures, over
// HTTP and by `salesflow rollup` and `salesflow analytics`.
#include "tests/integration/server_story.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;

const std::string dashboard_path = "/api/v2/collective-intelligence/analytics/dashboard";
const std::string feedback_path = "/api/v2/collective-intelligence/feedback";

class FiguresStory : public ServerStory {
 protected:
  RunningServer::Person anna = server().sign_up("anna@example.com");

  /// "422 query.days"
  std::string refusal(const std::string& path) { return told(server().get(path, anna.token)); }
  static std::string told(const JsonAnswer& answer) {
    return std::to_string(answer.status) + " " + answer.first_field();
  }
  /// Made an hour ago, so that it is of today or yesterday wherever it is asked for.
  std::string add_session(const std::string& user_id, const std::string& outcome = "converted") {
    return database
        .run(
            "INSERT INTO rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, input_context, "
            "generated_response, generation_model, outcome, created_at) SELECT user_id, org_id, 'h', 'follow_up', "
            "'{}', 'r', 'm', $2, now() - interval '1 hour' FROM org_members WHERE user_id = $1 RETURNING id",
            {user_id, outcome})
        .value();
  }
  JsonAnswer dashboard(const std::string& query = "") {
    return server().get(dashboard_path + "?days=3&" + query, anna.token);
  }
  std::int64_t sessions() { return dashboard().body.at("total").at("total_sessions").as_int64(); }
  std::string source() { return std::string(dashboard().body.at("source").as_string()); }
  /// Anna with the rights of a superadmin.
  std::string root_token() {
    database.run("UPDATE users SET role = 'superadmin' WHERE id = $1", {anna.user_id});
    const auto login =
        server().call("POST", "/api/auth/login", "", R"({"username":"anna@example.com","password":"correct horse"})");
    EXPECT_EQ(login.status, 200) << login.raw.body;
    return std::string(login.body.at("access_token").as_string());
  }
  CommandResult salesflow(std::vector<std::string> arguments) {
    return run_salesflow(std::move(arguments), {{"SALESFLOW_WORKER_DATABASE_URL", database.url(Login::worker)}});
  }
  static json::value json_of(const CommandResult& result) {
    return json::parse(result.output.substr(result.output.find('{')));
  }
};

TEST_F(FiguresStory, PeriodsThatCannotBeAreNamed) {
  for (const std::string& path :
       {dashboard_path, std::string("/api/analytics/templates"), std::string("/api/analytics/templates/v1"),
        std::string("/api/analytics/templates/top-partner"), std::string("/api/analytics/channels"),
        std::string("/api/analytics/timeseries")}) {
    SCOPED_TRACE(path);
    const std::string ask = path + (path.ends_with("series") ? "?metric=messages&" : "?");
    for (const char* days : {"0", "-1", "100000", "733", "many"})
      EXPECT_EQ(refusal(ask + "days=" + days), "422 query.days") << days;
    EXPECT_EQ(refusal(ask + "days=732"), "200 ");
    for (const char* zone : {"Europe/Atlantis", "Mars;", "%2B02:00", "Foo%2B3", ""})
      EXPECT_EQ(refusal(ask + "tz=" + zone), "422 query.tz") << zone;
    EXPECT_EQ(refusal(ask + "tz=Australia/Lord_Howe"), "200 ");
    EXPECT_EQ(refusal(ask + "from=2026-03-02&to=2026-03-01"), "422 query.from");
    EXPECT_EQ(refusal(ask + "from=2999-01-01"), "422 query.from");
    EXPECT_EQ(refusal(ask + "from=2024-01-01&to=2026-01-02"), "422 query.from") << "733 days";
    EXPECT_EQ(refusal(ask + "from=2024-01-01&to=2026-01-01"), "200 ") << "732 days";
    EXPECT_EQ(refusal(ask + "from=2026-02-30"), "422 query.from");
    EXPECT_EQ(refusal(ask + "to=yesterday"), "422 query.to");
    EXPECT_EQ(refusal(ask + "scope=everybody"), "422 query.scope");
    EXPECT_EQ(server().get(ask).status, 401);
  }
}

TEST_F(FiguresStory, EachScreenNamesWhatItDoesNotKnow) {
  EXPECT_EQ(refusal(dashboard_path + "?interval=hour"), "422 query.interval");
  EXPECT_EQ(refusal(dashboard_path + "?scope=all"), "403 query.scope");
  EXPECT_EQ(refusal(dashboard_path + "?fill=perhaps"), "422 query.fill");
  for (const std::string path :
       {"/api/analytics/templates?", "/api/analytics/channels?", "/api/analytics/timeseries?metric=replies&"})
    EXPECT_EQ(refusal(path + "window=2h"), "422 query.window") << path;
  for (const char* limit : {"0", "-1", "201"})
    EXPECT_EQ(refusal(std::string("/api/analytics/templates?limit=") + limit), "422 query.limit");
  const std::string compare = "/api/analytics/templates/compare";
  EXPECT_EQ(refusal(compare), "422 query.a");
  EXPECT_EQ(refusal(compare + "?a=v1"), "422 query.b");
  EXPECT_EQ(refusal(compare + "?a=v1&b=v1"), "422 query.b") << "with itself";
  EXPECT_EQ(refusal(compare + "?a=v1&b=v2&lang=fr"), "422 query.lang");

  // What does not exist is empty, and no error.
  const auto none = server().get("/api/analytics/templates/no-such-template", anna.token);
  ASSERT_EQ(none.status, 200) << none.raw.body;
  EXPECT_EQ(none.body.at("total").at("total").as_int64(), 0);
  EXPECT_TRUE(none.body.at("total").at("reply_rate").is_null());
  EXPECT_TRUE(none.body.at("variants").as_array().empty());
  const auto compared = server().get(compare + "?a=v1&b=no-such-template&lang=de", anna.token);
  ASSERT_EQ(compared.status, 200) << compared.raw.body;
  EXPECT_TRUE(compared.body.at("difference").is_null());
  EXPECT_TRUE(compared.body.at("text").as_string().starts_with("Kein Vergleich"));
  EXPECT_TRUE(server().get("/api/analytics/templates", anna.token).body.at("templates").as_array().empty());
}

TEST_F(FiguresStory, FeedbackIsForOnesOwnSessionsAndOnAScaleOfFive) {
  const auto ben = server().sign_up("ben@example.com");
  const std::string own = add_session(anna.user_id, "unknown"), foreign = add_session(ben.user_id, "unknown");
  const auto record = [&](const std::string& id, const std::string& rest) {
    return told(server().call("POST", feedback_path, anna.token, R"({"rlhf_session_id":")" + id + "\"" + rest + "}"));
  };
  const std::string converted = R"(,"outcome":"converted")";
  EXPECT_EQ(record(foreign, converted), "404 rlhf_session_id");
  EXPECT_EQ(record("00000000-0000-4000-8000-000000000000", converted), "404 rlhf_session_id");
  EXPECT_EQ(record("mine", converted), "422 rlhf_session_id");
  for (const char* rating : {"0", "6", "-1", "4.5", "\"5\""})
    EXPECT_EQ(record(own, converted + ",\"user_rating\":" + rating), "422 user_rating") << rating;
  EXPECT_EQ(record(own, ""), "422 outcome");
  EXPECT_EQ(record(own, R"(,"outcome":"")"), "422 outcome");
  EXPECT_EQ(database.run("SELECT count(*) FROM rlhf_feedback_sessions WHERE outcome <> 'unknown'").integer(), 0);
  EXPECT_EQ(record(own, converted + ",\"user_rating\":5"), "200 ");
  const auto answer = dashboard("scope=user");
  EXPECT_EQ(answer.body.at("total").at("conversions").as_int64(), 1) << answer.raw.body;
  EXPECT_EQ(server().call("POST", feedback_path, "", "{}").status, 401);
}

TEST_F(FiguresStory, AScreenRefusesWhatItCannotHold) {
  const auto ask = [&](const std::vector<std::string>& paths) {
    json::array parts;
    for (const auto& path : paths)
      parts.push_back(json::object{{"path", path}});
    return server().call("POST", "/api/screen", anna.token, json::serialize(json::object{{"parts", std::move(parts)}}));
  };
  EXPECT_EQ(told(ask({dashboard_path, feedback_path})), "422 parts[1].path") << "a POST path";
  EXPECT_EQ(told(ask(std::vector<std::string>(13, dashboard_path))), "422 parts");
  EXPECT_EQ(told(ask({})), "422 parts");
  add_session(anna.user_id);
  const auto answer = ask({dashboard_path, dashboard_path, dashboard_path + "?days=0", "/api/analytics/templates"});
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  const auto& parts = answer.body.at("parts").as_array();
  EXPECT_EQ(parts.at(0).at("body").at("total").at("total_sessions").as_int64(), 1);
  EXPECT_EQ(parts.at(0).at("body").at("total"), parts.at(1).at("body").at("total")) << "the same path twice";
  EXPECT_EQ(parts.at(2).at("status"), 422) << "its own";
  EXPECT_EQ(parts.at(3).at("status"), 200);
}

TEST_F(FiguresStory, OperatorsSeeVerifyAndRebuildKeptFigures) {
  add_session(anna.user_id);
  EXPECT_EQ(server().get("/api/ops/rollups").status, 401);
  EXPECT_EQ(server().get("/api/ops/rollups", anna.token).status, 403);
  const std::string root = root_token();
  const auto figure = [](const json::value& body, std::string_view name) -> json::value {
    for (const auto& one : body.at("figures").as_array()) {
      if (one.at("name").as_string() == name)
        return one;
    }
    return nullptr;
  };
  // The worker comes on its own.
  JsonAnswer seen;
  ASSERT_TRUE(wait_until(
      [&] {
        seen = server().get("/api/ops/rollups", root);
        return seen.status == 200 && figure(seen.body, "session_invalidations").at("waiting").as_int64() == 0 &&
               figure(seen.body, "org_session_days").at("rows").as_int64() == 1;
      },
      60s))
      << seen.raw.body;
  EXPECT_TRUE(seen.body.at("ok").as_bool()) << seen.raw.body;
  EXPECT_TRUE(seen.body.at("faults").as_array().empty());
  const auto status = salesflow({"rollup", "status", "--json"});
  ASSERT_EQ(status.exit_code, 0) << status.output;
  EXPECT_EQ(json_of(status).at("figures").as_array().size(), seen.body.at("figures").as_array().size());
  const auto table = salesflow({"rollup", "status"});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_NE(table.output.find("org_session_days"), std::string::npos) << table.output;
  const auto verified = salesflow({"rollup", "verify"});
  EXPECT_EQ(verified.exit_code, 0) << verified.output;
  EXPECT_EQ(verified.output.find("WRONG"), std::string::npos) << verified.output;

  // A session that no trigger told of.
  database.run("ALTER TABLE rlhf_feedback_sessions DISABLE TRIGGER salesflow_session_invalidations_insert");
  add_session(anna.user_id);
  EXPECT_EQ(sessions(), 1) << "this is what verify is for";
  const auto wrong = salesflow({"rollup", "verify", "--json"});
  EXPECT_EQ(wrong.exit_code, 1) << wrong.output;
  EXPECT_FALSE(json_of(wrong).at("ok").as_bool());
  EXPECT_GT(figure(json_of(wrong), "org_session_days").at("wrong").as_int64(), 0) << wrong.output;
  seen = server().get("/api/ops/rollups", root);
  EXPECT_FALSE(seen.body.at("ok").as_bool());
  ASSERT_EQ(seen.body.at("faults").as_array().size(), 1U) << seen.raw.body;
  const auto& fault = seen.body.at("faults").at(0);
  EXPECT_EQ(fault.at("fault").as_string(), "disabled");
  EXPECT_EQ(fault.at("name").as_string(), "salesflow_session_invalidations_insert");
  EXPECT_EQ(salesflow({"rollup", "status"}).exit_code, 1) << "an alarm";
  const auto in_words = salesflow({"rollup", "verify"});
  EXPECT_NE(in_words.output.find(std::string(fault.at("mend").as_string()) + ";"), std::string::npos)
      << in_words.output;
  EXPECT_NE(in_words.output.find("salesflow rollup rebuild org_session_days"), std::string::npos) << in_words.output;

  // What it says mends it, while the server runs.
  database.run(std::string(fault.at("mend").as_string()));
  for (const char* name : {"org_session_days", "user_lead_counts"}) {
    const auto rebuilt = salesflow({"rollup", "rebuild", name, "--json"});
    ASSERT_EQ(rebuilt.exit_code, 0) << rebuilt.output;
    EXPECT_EQ(json_of(rebuilt).at("name").as_string(), name);
  }
  EXPECT_EQ(sessions(), 2);
  const auto right = salesflow({"rollup", "verify"});
  EXPECT_EQ(right.exit_code, 0) << right.output;
  seen = server().get("/api/ops/rollups", root);
  EXPECT_TRUE(seen.body.at("ok").as_bool()) << seen.raw.body;

  const auto nothing = salesflow({"rollup", "rebuild", "of_nothing"});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_NE(nothing.output.find("there is no figure of_nothing"), std::string::npos) << nothing.output;
  EXPECT_NE(run_salesflow({"rollup", "status"}, {}).output.find("SALESFLOW_WORKER_DATABASE_URL must be set"),
            std::string::npos);
}

TEST_F(FiguresStory, AllNodesReadFromWhereAnOperatorSays) {
  add_session(anna.user_id);
  EXPECT_EQ(source(), "live");
  EXPECT_EQ(server().get("/api/ops/analytics", anna.token).status, 403);
  EXPECT_EQ(server().call("PUT", "/api/ops/analytics", anna.token, R"({"mode":"raw"})").status, 403);
  const std::string root = root_token();
  EXPECT_TRUE(server().get("/api/ops/analytics", root).body.at("mode").is_null());
  EXPECT_EQ(told(server().call("PUT", "/api/ops/analytics", root, R"({"mode":"best"})")), "422 mode");
  EXPECT_EQ(told(server().call("PUT", "/api/ops/analytics", root, "{}")), "422 mode");
  EXPECT_NE(salesflow({"analytics", "mode", "best"}).exit_code, 0);
  EXPECT_EQ(source(), "live");

  const auto views = salesflow({"analytics", "mode", "mv", "--json"});
  ASSERT_EQ(views.exit_code, 0) << views.output;
  EXPECT_EQ(json_of(views).at("mode").as_string(), "mv");
  ASSERT_TRUE(wait_until([&] { return source() == "mv" && sessions() == 1; }, 60s)) << dashboard().raw.body;
  const auto old = dashboard();
  EXPECT_TRUE(old.body.at("cached").as_bool());
  EXPECT_GE(old.body.at("age_s").to_number<double>(), 0);
  add_session(anna.user_id);
  EXPECT_EQ(sessions(), 1) << "as of its last refresh";
  const auto ops = server().get("/api/ops/analytics", root);
  EXPECT_EQ(ops.body.at("mode").as_string(), "mv");
  EXPECT_TRUE(ops.body.at("views_wanted").as_bool());
  EXPECT_FALSE(ops.body.at("views").as_array().empty());

  EXPECT_EQ(server().call("PUT", "/api/ops/analytics", root, R"({"mode":"raw"})").body.at("mode").as_string(), "raw");
  ASSERT_TRUE(wait_until([&] { return source() == "raw"; }, 30s));
  EXPECT_EQ(sessions(), 2);
  EXPECT_FALSE(dashboard().body.at("cached").as_bool());
  EXPECT_NE(salesflow({"analytics", "mode"}).output.find("all nodes: raw since "), std::string::npos);
  EXPECT_EQ(salesflow({"analytics", "mode", "default"}).exit_code, 0);
  ASSERT_TRUE(wait_until([&] { return source() == "live"; }, 30s));
  EXPECT_EQ(sessions(), 2);
  EXPECT_NE(salesflow({"analytics", "mode"}).output.find("each node's own setting (ANALYTICS_MODE)"),
            std::string::npos);
}

}  // namespace
}  // namespace salesflow::test
