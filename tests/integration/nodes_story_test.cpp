// Several nodes on one database behind a real nginx and a real HAProxy: sessions end everywhere, a rolling restart
// loses no request, a killed node costs what it had in hand at most.
#include <map>
#include <optional>
#include <thread>

#include "platform/cluster/postgres.hpp"
#include "tests/integration/proxy_load.hpp"
#include "tests/integration/proxy_rig.hpp"
#include "tests/integration/server_story.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;
using http::testing::RawClient;
using std::chrono::steady_clock;

constexpr const char* read_target = "/api/autopilot/message-events?limit=5";
constexpr const char* write_target = "/api/autopilot/message-event";

class NodesStory : public testing::TestWithParam<ProxyKind> {
 protected:
  static constexpr int count = 2;

  NodesStory() {
    for (int i = 0; i < count; ++i)
      ports_.push_back(cluster::free_port());
    for (int i = 0; i < count; ++i)
      start_node(i);
  }
  void start_node(int i) {
    Environment environment =
        server_environment(database.url(Login::app), database.url(Login::auth), database.url(Login::worker));
    environment["PORT"] = std::to_string(ports_[static_cast<std::size_t>(i)]);
    environment["SALESFLOW_HTTP_TRUSTED_PROXIES"] = "127.0.0.1";
    nodes_[i] = std::make_unique<RunningServer>(environment);
  }
  std::string url(int i) const { return "http://127.0.0.1:" + std::to_string(ports_[static_cast<std::size_t>(i)]); }

  void start_proxy() {
    const int port = cluster::free_port();
    std::vector<std::string> arguments{"proxy-config", GetParam() == ProxyKind::nginx ? "nginx" : "haproxy"};
    for (int i = 0; i < count; ++i)
      arguments.insert(arguments.end(), {"--upstream", url(i)});
    arguments.insert(arguments.end(), {"--listen", "127.0.0.1:" + std::to_string(port)});
    if (GetParam() == ProxyKind::nginx)
      arguments.insert(arguments.end(), {"--supabase", "http://127.0.0.1:9", "--legacy", "http://127.0.0.1:9"});
    const auto written = run_salesflow(arguments, {});
    ASSERT_EQ(written.exit_code, 0) << written.output;
    proxy_.emplace(GetParam(), written.output, port, scratch_.path());
    ASSERT_TRUE(wait_until([&] { return call_port(port, "GET", "/api/auth/me").status == 401; }));
  }
  int port() const { return proxy_->service.port(); }

  TestDatabase database;
  std::map<int, std::unique_ptr<RunningServer>> nodes_;
  std::vector<int> ports_;
  Scratch scratch_;
  std::optional<Proxy> proxy_;
};

INSTANTIATE_TEST_SUITE_P(Behind, NodesStory, testing::Values(ProxyKind::nginx, ProxyKind::haproxy),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(NodesStory, ARollingRestartLosesNoRequest) {
  const auto ann = nodes_[0]->sign_up("ann@example.org");
  start_proxy();
  Load load(port(), ann.token, 4, true, read_target, write_target);
  ASSERT_TRUE(load.answers_more(40));
  // SIGTERM, and the end is waited for.
  ASSERT_TRUE(restart_in_turns(
      load, count, [this](int node) { nodes_[node].reset(); }, [this](int node) { start_node(node); }, 1500ms, 20));
  load.stop();
  EXPECT_EQ(told_problems(load), "") << proxy_->service.log_text();
  const auto acknowledged = load.acknowledged();
  EXPECT_GT(acknowledged.size(), 50u);
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(),
            static_cast<std::int64_t>(acknowledged.size()));
  EXPECT_EQ(database.run("SELECT count(DISTINCT text) FROM message_events").integer(),
            static_cast<std::int64_t>(acknowledged.size()));
  RecordProperty("answered", load.answered());
}

TEST_P(NodesStory, AKilledNodeCostsNoMoreThanItHadInHand) {
  const auto ann = nodes_[0]->sign_up("ann@example.org");
  start_proxy();
  constexpr int clients = 4;
  Load load(port(), ann.token, clients, false, read_target, write_target);
  ASSERT_TRUE(wait_until([&] { return load.answered() > 40; }));
  nodes_[1]->process().signal(SIGKILL);
  const int before = load.answered();
  ASSERT_TRUE(wait_until([&] { return load.answered() > before + 200; }));
  load.stop();
  EXPECT_LE(load.problems().size(), static_cast<std::size_t>(clients));
  for (const std::string& problem : load.problems())
    EXPECT_EQ(problem.find(": 5"), std::string::npos) << problem;
  RecordProperty("failed", static_cast<int>(load.problems().size()));
}

TEST_P(NodesStory, ASessionThatEndsOnOneNodeEndsOnAll) {
  const auto ann = nodes_[0]->sign_up("ann@example.org");
  start_proxy();
  for (int i = 0; i < count; ++i)
    ASSERT_EQ(nodes_[i]->get("/api/auth/me", ann.token).status, 200);
  RawClient listener(static_cast<std::uint16_t>(nodes_[1]->port()));
  listener.send("GET /api/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + ann.token + "\r\n\r\n");
  std::string heard;
  ASSERT_TRUE(wait_until([&] {
    listener.read_into(heard, 100ms);
    return heard.find("event: ready") != std::string::npos;
  })) << heard;
  ASSERT_EQ(nodes_[0]->call("POST", "/api/auth/logout", ann.token).status, 200);
  const auto ended = steady_clock::now();
  ASSERT_TRUE(wait_until([&] { return nodes_[1]->get("/api/auth/me", ann.token).status == 401; }));
  EXPECT_LT(steady_clock::now() - ended, 1s);
  const auto is_over = [&] {
    listener.read_into(heard, 20ms);
    return heard.find("event: end") != std::string::npos;
  };
  ASSERT_TRUE(wait_until(is_over)) << heard;
  EXPECT_LT(steady_clock::now() - ended, 1s);
  for (int i = 0; i < 2 * count; ++i)
    EXPECT_EQ(call_port(port(), "GET", "/api/auth/me", ann.token).status, 401);
}

}  // namespace
}  // namespace salesflow::test
