// HTTP servers that stop and start one after the other under load, behind a real nginx and a real HAProxy with the
// configurations that salesflow writes: no request is lost and none is done twice.
#include <gtest/gtest.h>

#include <array>
#include <mutex>
#include <optional>
#include <set>

#include "apps/salesflow/verbs/haproxy_config.hpp"
#include "apps/salesflow/verbs/nginx_config.hpp"
#include "platform/cluster/postgres.hpp"
#include "platform/http/server/server_rig.hpp"
#include "tests/integration/proxy_load.hpp"
#include "tests/integration/proxy_rig.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;

class DrainStory : public testing::TestWithParam<ProxyKind> {
 protected:
  static constexpr int count = 2;

  DrainStory() {
    for (int& port : ports_)
      port = cluster::free_port();
    for (int i = 0; i < count; ++i)
      start_node(i);
    apps::ProxySites sites;
    for (const int port : ports_)
      sites.salesflow.push_back(http::ServiceUrl::parse("http://127.0.0.1:" + std::to_string(port)).value());
    sites.supabase = sites.legacy = http::ServiceUrl::parse("http://127.0.0.1:9").value();
    port_ = cluster::free_port();
    sites.listen = "127.0.0.1:" + std::to_string(port_);
    const std::vector<apps::ProxyPath> paths{{"/things", "", {"GET", "POST"}}};
    const bool is_nginx = GetParam() == ProxyKind::nginx;
    proxy_.emplace(GetParam(), is_nginx ? apps::nginx_config(sites, paths) : apps::haproxy_config(sites), port_,
                   scratch_.path());
    EXPECT_TRUE(wait_until([&] {
      http::testing::RawClient client(static_cast<std::uint16_t>(port_));
      return client.ask("GET /things HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status == 200;
    }));
  }

  void start_node(int i) {
    Node& node = nodes_[static_cast<std::size_t>(i)];
    node.stops = false;
    node.server = std::make_unique<http::testing::TestServer>();
    http::Route ready = http::make_route(http::Method::get, "/readyz");
    ready.handler = [&node](http::Request&) -> Task<Result<http::Response>> {
      if (node.stops)
        co_return fail(Errc::unavailable, "stopping");
      co_return http::json_response("\"ready\"");
    };
    http::Route read = http::make_route(http::Method::get, "/things");
    read.handler = [](http::Request&) -> Task<Result<http::Response>> { co_return http::json_response("[]"); };
    http::Route write = http::make_route(http::Method::post, "/things", http::BodyPolicy::json());
    write.handler = [this](http::Request& request) -> Task<Result<http::Response>> {
      const std::lock_guard lock(mutex_);
      written_.emplace_back(request.body);
      co_return http::json_response("\"written\"");
    };
    node.server->router.add(std::move(ready));
    node.server->router.add(std::move(read));
    node.server->router.add(std::move(write));
    node.server->start(static_cast<std::uint16_t>(ports_[static_cast<std::size_t>(i)]));
  }
  /// As `salesflow serve` does on SIGTERM.
  void stop_node(int i, std::chrono::milliseconds grace) {
    Node& node = nodes_[static_cast<std::size_t>(i)];
    node.stops = true;
    if (grace > 0ms) {
      node.server->begin_drain();
      std::this_thread::sleep_for(grace);
    }
    node.server->drain(5s);
    EXPECT_TRUE(node.server->wait_until_drained(10s));
    node.server.reset();
  }

  struct Node {
    std::atomic<bool> stops = false;
    std::unique_ptr<http::testing::TestServer> server;
  };
  std::mutex mutex_;
  std::vector<std::string> written_;  // bodies, by all nodes
  std::array<int, count> ports_{};
  std::array<Node, count> nodes_;
  Scratch scratch_;
  int port_ = 0;
  std::optional<Proxy> proxy_;
};

INSTANTIATE_TEST_SUITE_P(Behind, DrainStory, testing::Values(ProxyKind::nginx, ProxyKind::haproxy),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(DrainStory, ARollingRestartLosesNoRequestAndDoublesNone) {
  Load load(port_, "none", 6, true, "/things", "/things");
  ASSERT_TRUE(load.answers_more(300));
  for (int round = 0; round < 2; ++round)
    ASSERT_TRUE(restart_in_turns(
        load, count, [this](int node) { stop_node(node, 2s); }, [this](int node) { start_node(node); }, 2s, 100));
  load.stop();
  EXPECT_EQ(told_problems(load), "") << proxy_->service.log_text();
  EXPECT_EQ(written_.size(), load.acknowledged().size());
  EXPECT_EQ(std::set(written_.begin(), written_.end()).size(), written_.size()) << "twice";
  RecordProperty("answered", load.answered());
}

}  // namespace
}  // namespace salesflow::test
