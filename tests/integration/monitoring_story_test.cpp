// What watches production: a real Prometheus with deploy/'s configuration over a running service, PostgreSQL's and
// Redis' exporters. Each expression of rules and dashboards is asked there.
#include <cctype>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "build_paths.hpp"
#include "platform/cluster/postgres.hpp"
#include "tests/integration/proxy_rig.hpp"
#include "tests/integration/server_story.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const fs::path source = SALESFLOW_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
}

/// "" where the package is not installed.
std::string program(const std::string& name) {
  const auto found = cluster::find_program(name);
  return found ? *found : "";
}

/// Output of a program that is to succeed.
std::string output_of(const std::vector<std::string>& arguments) {
  const Scratch scratch;
  const auto ran = cluster::run_to_end({.arguments = arguments,
                                        .user = {.uid = ::getuid(), .gid = ::getgid(), .groups = {}, .name = {}},
                                        .log_file = scratch / "log",
                                        .directory = scratch.path()},
                                       1min);
  EXPECT_TRUE(ran) << read(scratch / "log");
  return read(scratch / "log");
}

std::string escape(const std::string& text) {
  std::string escaped;
  for (const unsigned char c : text) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", c);
    escaped += std::isalnum(c) ? std::string(1, static_cast<char>(c)) : std::string(hex);
  }
  return escaped;
}

/// As Markdown's readers make it of a heading.
std::set<std::string> anchors_of(const std::string& markdown) {
  std::set<std::string> anchors;
  std::istringstream lines(markdown);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#'))
      continue;
    std::string anchor;
    for (const unsigned char c : line.substr(line.find_first_not_of("# "))) {
      if (std::isalnum(c))
        anchor += static_cast<char>(std::tolower(c));
      else if (c == ' ' || c == '-')
        anchor += '-';
    }
    anchors.insert(anchor);
  }
  return anchors;
}

/// Expressions that have an answer only when something is wrong, or in installations of another kind.
bool may_be_empty(const std::string& expression) {
  for (const char* part :
       {"salesflow_query_slow:increase1h > 0", "salesflow_query_errors_total", "salesflow_replica_lag",
        "salesflow_job_late) == 1", "salesflow_job_failures_total[1h])) > 0"}) {
    if (expression.find(part) != std::string::npos)
      return true;
  }
  return false;
}

class MonitoringStory : public ServerStory {
 protected:
  void SetUp() override {
    for (const char* name : {"prometheus", "promtool", "prometheus-postgres-exporter", "prometheus-redis-exporter"}) {
      if (program(name).empty())
        GTEST_SKIP() << name << " is not installed (script/bootstrap does that)";
    }
  }
  /// deploy/prometheus with a second instead of a quarter of a minute, and our targets.
  fs::path configuration(const std::map<std::string, int>& ports) {
    const fs::path folder = scratch_ / "prometheus";
    fs::copy(source / "deploy/prometheus", folder, fs::copy_options::recursive);
    write(folder / "prometheus.yaml",
          std::regex_replace(read(folder / "prometheus.yaml"), std::regex(": 1[05]s"), ": 1s"));
    for (const auto& [name, port] : ports)
      write(folder / "targets" / (name + ".yaml"), "- targets: [\"127.0.0.1:" + std::to_string(port) + "\"]\n");
    return folder;
  }
  json::object ask(const std::string& path) const {
    const auto answer = call_port(prometheus_port_, "GET", path);
    EXPECT_EQ(answer.status, 200) << path << answer.raw.body.substr(0, 400);
    return answer.body.is_object() ? answer.body.as_object() : json::object();
  }
  /// How many series an expression has now; -1: it is refused.
  int series(const std::string& expression) const {
    const auto answer = call_port(prometheus_port_, "GET", "/api/v1/query?query=" + escape(expression));
    if (answer.status != 200)
      return -1;
    const auto& data = answer.body.at("data").as_object();
    return data.at("resultType") == "scalar" ? 1 : static_cast<int>(data.at("result").as_array().size());
  }
  double value(const std::string& expression) const {
    const auto answer = call_port(prometheus_port_, "GET", "/api/v1/query?query=" + escape(expression));
    if (answer.status != 200)
      return -1;
    const auto& result = answer.body.at("data").at("result").as_array();
    return result.empty() ? -1 : std::stod(std::string(result[0].at("value").as_array()[1].as_string()));
  }
  /// What people do: lists, a dashboard, a search, writes.
  void work(const RunningServer::Person& anna) {
    for (int i = 0; i < 3; ++i) {
      create_event(anna.token, "Hello " + std::to_string(i));
      for (int again = 0; again < 4; ++again) {
        for (const char* path : {"/api/autopilot/message-events", "/api/leads", "/api/contacts", "/api/deals",
                                 "/api/idps/inbox", "/api/analytics/summary"})
          server().get(path, anna.token);
      }
    }
  }

  const Scratch scratch_;
  int prometheus_port_ = cluster::free_port();
};

TEST_F(MonitoringStory, EveryExpressionHasAnAnswer) {
  extra["ENABLE_CACHE"] = "true";
  extra["REDIS_URL"] = Servers::instance().redis().url();
  // As docs/operations.md says, with pg_monitor and nothing of ours.
  database.run(
      "DO $$ BEGIN CREATE ROLE salesflow_exporter LOGIN PASSWORD 'exports'; EXCEPTION WHEN duplicate_object THEN NULL; "
      "END $$");
  database.run("GRANT pg_monitor TO salesflow_exporter");
  database.run("GRANT CONNECT ON DATABASE " + database.name() + " TO salesflow_exporter");
  const auto anna = server().sign_up("anna@example.com");
  const std::string postgres =
      Servers::instance().primary().url(database.name(), "salesflow_exporter", "exports") + "?sslmode=disable";
  const int postgres_port = cluster::free_port(), redis_port = cluster::free_port();
  const fs::path folder =
      configuration({{"salesflow", server().port()}, {"postgres", postgres_port}, {"redis", redis_port}});
  const std::string here = "127.0.0.1:";
  const PortService postgres_exporter(
      {"/usr/bin/env", "DATA_SOURCE_NAME=" + postgres, program("prometheus-postgres-exporter"),
       "--web.listen-address=" + here + std::to_string(postgres_port),
       "--extend.query-path=" + (folder / "postgres-queries.yaml").string()},
      postgres_port, scratch_.path(), "postgres-exporter");
  const PortService redis_exporter(
      {program("prometheus-redis-exporter"), "-redis.addr", Servers::instance().redis().url(), "-web.listen-address",
       here + std::to_string(redis_port)},
      redis_port, scratch_.path(), "redis-exporter");
  const PortService prometheus({program("prometheus"), "--config.file=" + (folder / "prometheus.yaml").string(),
                                "--storage.tsdb.path=" + (scratch_ / "data").string(),
                                "--web.listen-address=" + here + std::to_string(prometheus_port_)},
                               prometheus_port_, scratch_.path(), "prometheus");
  for (const char* job : {"salesflow", "postgres", "redis"})
    EXPECT_TRUE(wait_until([&] { return value("up{job=\"" + std::string(job) + "\"}") == 1; }, 30s)) << job;
  EXPECT_EQ(value("pg_up"), 1) << postgres_exporter.log_text();
  EXPECT_EQ(value("redis_up"), 1) << redis_exporter.log_text();
  EXPECT_EQ(
      run_salesflow({"rollup", "verify"}, {{"SALESFLOW_WORKER_DATABASE_URL", database.url(Login::worker)}}).exit_code,
      0);
  EXPECT_EQ(run_salesflow({"analytics", "mode", "mv"}, {{"SALESFLOW_WORKER_DATABASE_URL", database.url(Login::worker)}})
                .exit_code,
            0);
  // The rarest are told every 15 s, and a rate needs two scrapes.
  const auto is_full = [&] {
    work(anna);
    return value("service:salesflow_cache_hits:ratio") > 0 && series("salesflow_figure_wrong") > 0 &&
           series("salesflow_view_age_seconds >= 0") > 0 && series("salesflow_job_late") > 15 &&
           series("salesflow_change_subscriber_lag") > 0 && series("rate(salesflow_change_feed_last_number[5m])") > 0;
  };
  EXPECT_TRUE(wait_until(is_full, 60s));

  const json::object rules = ask("/api/v1/rules");
  const std::set<std::string> anchors = anchors_of(read(source / "docs/operations.md"));
  const std::string tried = read(source / "tests/integration/monitoring/alerts_test.yaml");
  std::set<std::string> names{"salesflow_replica_lag_milliseconds"};  // there is no replica here
  const json::object listed = ask("/api/v1/label/__name__/values");
  for (const auto& name : listed.at("data").as_array())
    names.emplace(name.as_string());
  int asked = 0, alerts = 0;
  for (const auto& group : rules.at("data").at("groups").as_array()) {
    for (const auto& rule : group.at("rules").as_array()) {
      const std::string name(rule.at("name").as_string()), query(rule.at("query").as_string());
      EXPECT_EQ(rule.at("health"), "ok") << name << ": " << json::serialize(rule);
      ++asked;
      if (rule.at("type") == "recording") {
        EXPECT_GT(series(query), 0) << name << " is never anything: " << query;
        continue;
      }
      ++alerts;
      // Late for a moment (pending) is a busy machine; late for as long as the rule says would be a fault.
      EXPECT_NE(rule.at("state"), "firing") << name << " on a healthy service: " << query;
      const std::regex metric("\\b([a-z]+(:[a-z0-9_]+)+|(salesflow|redis|pg|process)_[a-z0-9_]+)");
      for (std::sregex_iterator match(query.begin(), query.end(), metric), end; match != end; ++match)
        EXPECT_TRUE(names.contains(match->str())) << name << " asks for " << match->str();
      const std::string runbook(rule.at("annotations").at("runbook").as_string());
      const auto mark = runbook.find('#');
      EXPECT_EQ(runbook.substr(0, mark), "docs/operations.md") << name;
      EXPECT_TRUE(mark != std::string::npos && anchors.contains(runbook.substr(mark + 1))) << runbook;
      EXPECT_NE(tried.find("alertname: " + name + "\n"), std::string::npos) << name << " is in no test of promtool";
    }
  }
  EXPECT_GE(alerts, 20);
  for (const auto& file : fs::directory_iterator(source / "deploy/grafana/dashboards")) {
    const auto dashboard = json::parse(read(file.path()));
    for (const auto& panel : dashboard.at("panels").as_array()) {
      const json::object& shown = panel.as_object();
      for (const auto& target : shown.contains("targets") ? shown.at("targets").as_array() : json::array()) {
        const std::string expression(target.at("expr").as_string());
        const int found = series(expression);
        EXPECT_GE(found, may_be_empty(expression) ? 0 : 1)
            << file.path().filename() << ", " << shown.at("title") << ": " << expression;
        ++asked;
      }
    }
  }
  EXPECT_GE(asked, 100);
  std::cout << "[ asked    ] " << asked << " expressions, " << alerts << " alerts\n";
}

TEST_F(MonitoringStory, PromtoolAcceptsConfigurationRulesAndTheirTests) {
  const fs::path folder = configuration({});
  output_of({program("promtool"), "check", "config", (folder / "prometheus.yaml").string()});
  const std::string said = output_of(
      {program("promtool"), "test", "rules", (source / "tests/integration/monitoring/alerts_test.yaml").string()});
  EXPECT_NE(said.find("SUCCESS"), std::string::npos) << said;
}

}  // namespace
}  // namespace salesflow::test
