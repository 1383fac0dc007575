// A client against one real server: order, bounds, deadlines, losses, logins, TLS, subscriptions.
#include "platform/redis/client.hpp"

#include <gtest/gtest.h>

#include <set>

#include "platform/cluster/postgres.hpp"
#include "platform/redis/subscription.hpp"
#include "tests/support/redis_cluster.hpp"
#include "tests/support/redis_rig.hpp"
#include "tests/support/servers.hpp"

namespace salesflow::redis {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::RedisRig;
using test::Servers;

Settings settings_for(const cluster::PrivateRedis& server) {
  Settings settings;
  settings.url = server.url();
  settings.command_timeout = 20s;
  settings.connect_timeout = 10s;
  return settings;
}

/// A server that a test may stop, freeze and reconfigure.
std::unique_ptr<cluster::PrivateRedis> own_server(std::vector<std::pair<std::string, std::string>> settings = {}) {
  static int number = 0;
  return cluster::PrivateRedis::start(Servers::instance().home(), {.name = "own-redis-" + std::to_string(++number),
                                                                   .settings = std::move(settings)})
      .value();
}

class RedisClient : public testing::Test {
 protected:
  RedisClient() { test::say(Servers::instance().redis(), {"FLUSHALL"}); }
  Settings settings = settings_for(Servers::instance().redis());
};

std::uint64_t figure(RedisRig& rig, const std::string& name) {
  const std::string text = rig.registry.expose();
  const auto at = text.find("\n" + name + " ");
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + name.size() + 2));
}

TEST_F(RedisClient, AnswersTenThousandMixedCommandsInTheirOrder) {
  settings.in_flight_max = 100;
  settings.queue_max = 10'000;
  RedisRig rig(settings);
  std::vector<Command> commands;
  std::vector<std::string> expected;
  for (int i = 0; i < 10'000; ++i) {
    switch (i % 5) {
      case 0:
        commands.push_back(set_command("k", std::to_string(i)));
        expected.push_back("OK");
        break;
      case 1:
        commands.push_back(Command("GET").key("k"));
        expected.push_back("\"" + std::to_string(i - 1) + "\"");
        break;
      case 2:
        commands.push_back(incr_command("n"));
        expected.push_back(std::to_string(i / 5 + 1));
        break;
      case 3:
        commands.push_back(Command("MGET").key("k").key("none").key("n"));
        expected.push_back("[\"" + std::to_string(i - 3) + "\", (nil), \"" + std::to_string(i / 5 + 1) + "\"]");
        break;
      default:
        // Some are so long that what stands behind them on another connection would overtake them.
        if (i % 1000 == 4) {
          commands.push_back(set_command("long", std::string(2'000'000, 'x')));
          expected.push_back("OK");
        } else {
          commands.push_back(Command("INCR").key("k").arg("x"));
          expected.push_back("(error) ERR wrong number of arguments for 'incr' command");
        }
    }
  }
  const auto outcomes = rig.run(rig.client->run_all(std::move(commands)));
  ASSERT_EQ(outcomes.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(outcomes[i]) << i << " " << outcomes[i].error().log_detail;
    ASSERT_EQ(to_string(outcomes[i]->reply.value()), expected[i]) << i;
    ASSERT_TRUE(outcomes[i]->run_id.is_known());
  }
  EXPECT_EQ(figure(rig, "salesflow_redis_commands_total"), 10'000u);
  EXPECT_NE(rig.registry.expose().find("salesflow_redis_errors_total{kind=\"refused\"} 1990"), std::string::npos);
}

TEST_F(RedisClient, SendsWhatOneTurnAsksForTogether) {
  RedisRig rig(settings);
  ASSERT_TRUE(rig.becomes_up());
  const auto before = rig.client->writes();
  int ended = 0;
  const auto ask = [&](int i) -> Task<void> {
    auto answer = co_await rig.client->run(Command("ECHO").arg(i));
    EXPECT_EQ(answer.value().reply.text(), std::to_string(i));
    ++ended;
  };
  for (int i = 0; i < 100; ++i)
    asio::co_spawn(rig.context, ask(i), [](std::exception_ptr error) { EXPECT_FALSE(error); });
  ASSERT_TRUE(rig.run_until([&] { return ended == 100; }));
  EXPECT_EQ(rig.client->writes() - before, 1u);
}

TEST_F(RedisClient, DropsALateAnswerAndKeepsTheOrder) {
  settings.connections = 1;
  RedisRig rig(settings);
  ASSERT_TRUE(rig.becomes_up());
  EXPECT_EQ(rig.ask(set_command("a", "one")), "OK");
  test::say(Servers::instance().redis(), {"CLIENT", "PAUSE", "600", "ALL"});
  const auto started = steady_clock::now();
  const auto late = rig.run(rig.client->run(Command("GET").key("a"), started + 100ms));
  ASSERT_TRUE(late.has_error());
  EXPECT_EQ(late.error().code, Errc::deadline_exceeded);
  EXPECT_LT(steady_clock::now() - started, 500ms);
  EXPECT_EQ(rig.ask(Command("ECHO").arg("mine")), "\"mine\"");
  EXPECT_EQ(figure(rig, "salesflow_redis_late_answers_total"), 1u);
  EXPECT_EQ(figure(rig, "salesflow_redis_connections_lost_total"), 0u);
}

TEST_F(RedisClient, BoundsItsQueue) {
  settings.connections = 1;
  settings.in_flight_max = 2;
  settings.queue_max = 3;
  RedisRig rig(settings);
  ASSERT_TRUE(rig.becomes_up());
  std::vector<int> codes;
  const auto ask = [&]() -> Task<void> {
    const auto answer = co_await rig.client->run(Command("PING"));
    codes.push_back(answer ? 0 : answer.error().code == Errc::unavailable ? 1 : 2);
  };
  for (int i = 0; i < 8; ++i)
    asio::co_spawn(rig.context, ask(), [](std::exception_ptr error) { EXPECT_FALSE(error); });
  ASSERT_TRUE(rig.run_until([&] { return codes.size() == 8; }));
  std::sort(codes.begin(), codes.end());
  EXPECT_EQ(codes, (std::vector<int>{0, 0, 0, 0, 0, 1, 1, 1}));
}

TEST_F(RedisClient, RefusesAReplyOverItsLimitAndLosesNothingElse) {
  settings.connections = 1;
  settings.reply_bytes_max = 100'000;
  RedisRig rig(settings);
  EXPECT_EQ(rig.ask(set_command("large", std::string(5'000'000, 'x'))), "OK");
  EXPECT_EQ(rig.ask(set_command("small", "s")), "OK");
  std::vector<Command> commands{Command("GET").key("small"), Command("GET").key("large"),
                                Command("MGET").key("small").key("large"), Command("GET").key("small")};
  const auto outcomes = rig.run(rig.client->run_all(std::move(commands)));
  EXPECT_EQ(outcomes[0].value().reply.text(), "s");
  EXPECT_EQ(outcomes[1].error().code, Errc::payload_too_large);
  EXPECT_EQ(outcomes[2].error().code, Errc::payload_too_large);
  EXPECT_EQ(outcomes[3].value().reply.text(), "s");
  EXPECT_EQ(figure(rig, "salesflow_redis_connections_lost_total"), 0u);
}

TEST_F(RedisClient, FailsAtOnceWhileTheServerIsDeadAndKnowsItsNextLife) {
  const auto server = own_server();
  RedisRig rig(settings_for(*server));
  const auto first = rig.run(rig.client->run(Command("PING"))).value().run_id;
  EXPECT_EQ(first, rig.run(rig.client->check()).value().run_id);
  EXPECT_NE(test::say(*server, {"INFO", "server"}).find("run_id:" + first.to_string()), std::string::npos);
  test::say(*server, {"CLIENT", "PAUSE", "30000", "ALL"});
  bool ended = false;
  const auto ask = [&]() -> Task<void> {
    const auto answer = co_await rig.client->run(Command("PING"));
    EXPECT_EQ(answer.error().code, Errc::unavailable);  // in flight when it died
    ended = true;
  };
  asio::co_spawn(rig.context, ask(), [](std::exception_ptr error) { EXPECT_FALSE(error); });
  rig.context.restart();
  rig.context.run_for(50ms);
  server->kill_hard();
  ASSERT_TRUE(rig.run_until([&] { return ended && !rig.client->is_up(); }));
  for (int i = 0; i < 10; ++i) {
    const auto started = steady_clock::now();
    const auto answer = rig.run(rig.client->run(Command("PING")));
    EXPECT_EQ(answer.error().code, Errc::unavailable);
    EXPECT_EQ(answer.error().retry_after_s, 1);
    EXPECT_LT(steady_clock::now() - started, 50ms);
  }
  server->start_again().value();
  const auto back = steady_clock::now();
  ASSERT_TRUE(rig.becomes_up());
  EXPECT_LT(steady_clock::now() - back, settings.backoff_max + 1s);
  const auto second = rig.run(rig.client->run(Command("PING"))).value().run_id;
  EXPECT_TRUE(second.is_known());
  EXPECT_NE(first, second);
  EXPECT_GE(figure(rig, "salesflow_redis_reconnects_total"), 1u);
}

TEST_F(RedisClient, TakesAFrozenServerForLostAndComesBack) {
  const auto server = own_server();
  auto frozen = settings_for(*server);
  frozen.command_timeout = 100ms;
  frozen.stall_timeout = 200ms;
  frozen.connect_timeout = 300ms;
  RedisRig rig(frozen);
  ASSERT_TRUE(rig.becomes_up());
  server->freeze();
  EXPECT_EQ(rig.ask(Command("PING")), "error: deadline_exceeded");
  ASSERT_TRUE(rig.run_until([&] {
    rig.ask(Command("PING"));
    return !rig.client->is_up();
  }));
  server->thaw();
  ASSERT_TRUE(rig.becomes_up());
  ASSERT_TRUE(rig.run_until([&] { return rig.ask(Command("ECHO").arg("x")) == "\"x\""; }));
}

TEST_F(RedisClient, SurvivesASleepingServer) {
  const auto server = own_server({{"enable-debug-command", "yes"}});
  RedisRig rig(settings_for(*server));
  ASSERT_TRUE(rig.becomes_up());
  std::vector<Command> commands{Command("DEBUG").arg("SLEEP").arg("0.3"), Command("ECHO").arg("behind")};
  const auto late = rig.run(rig.client->run_all(std::move(commands), steady_clock::now() + 60ms));
  EXPECT_EQ(late[0].error().code, Errc::deadline_exceeded);
  EXPECT_EQ(late[1].error().code, Errc::deadline_exceeded);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(rig.ask(Command("ECHO").arg(i)), "\"" + std::to_string(i) + "\"");
}

TEST_F(RedisClient, OffersWhatACacheNeeds) {
  RedisRig rig(settings);
  auto& client = *rig.client;
  const std::string bytes("\0\r\n$", 4);
  EXPECT_TRUE(rig.run(client.set("a", bytes)).value());
  EXPECT_FALSE(rig.run(client.set("a", "other", {.when = SetOptions::When::if_absent})).value());
  EXPECT_FALSE(rig.run(client.set("b", "other", {.when = SetOptions::When::if_present})).value());
  EXPECT_TRUE(rig.run(client.set("b", "brief", {.ttl = 30s, .when = SetOptions::When::if_absent})).value());
  const auto left = rig.run(client.run(Command("PTTL").key("b"))).value().reply.integer();
  EXPECT_GT(left, 0);
  EXPECT_LE(left, 30'000);
  const auto values = rig.run(client.mget({"b", "none", "a", "b"})).value();
  EXPECT_EQ(values.value(0), "brief");
  EXPECT_EQ(values.value(1), std::nullopt);
  EXPECT_EQ(values.value(2), bytes);
  EXPECT_EQ(values.value(3), "brief");
  EXPECT_TRUE(values.run_id(1).is_known());
  EXPECT_EQ(rig.run(client.mget({})).value().size(), 0u);
  EXPECT_EQ(rig.run(client.incr("n", 5)).value(), 5);
  EXPECT_EQ(rig.run(client.incr("n", -7)).value(), -2);
  EXPECT_EQ(rig.run(client.incr("a")).error().code, Errc::internal);  // no number
  EXPECT_EQ(rig.run(client.unlink({"a", "b", "none"})).value(), 2);

  const Script script("return {KEYS[1], ARGV[1], 7}");
  for (int i = 0; i < 2; ++i) {
    const auto answer = rig.run(client.eval(script, {"k"}, {"v"})).value();
    EXPECT_EQ(to_string(answer.reply.value()), "[\"k\", \"v\", 7]");
  }
  EXPECT_NE(test::say(Servers::instance().redis(), {"INFO", "commandstats"}).find("cmdstat_eval:calls=1"),
            std::string::npos);  // the second time its hash was enough
}

TEST_F(RedisClient, ScansAllKeysOfAPattern) {
  RedisRig rig(settings);
  std::vector<Command> commands;
  for (int i = 0; i < 1000; ++i)
    commands.push_back(set_command((i % 2 ? "odd:" : "even:") + std::to_string(i), "x"));
  rig.run(rig.client->run_all(std::move(commands)));
  std::set<std::string> found;
  Scan scan = rig.client->scan("odd:*", 100);
  int steps = 0;
  for (;;) {
    const auto keys = rig.run(scan.next());
    ASSERT_TRUE(keys);
    if (!*keys)
      break;
    ++steps;
    found.insert((*keys)->begin(), (*keys)->end());
  }
  EXPECT_EQ(found.size(), 500u);
  EXPECT_GT(steps, 3);
  EXPECT_FALSE(rig.run(scan.next()).value());
}

std::string check_problem(Settings settings) {
  RedisRig rig(std::move(settings));
  const auto checked = rig.run(rig.client->check());
  if (checked)
    return "fine";
  EXPECT_FALSE(rig.ask(Command("PING")).find("error: ") == std::string::npos);
  return checked.error().public_detail + "; " + checked.error().log_detail;
}

TEST_F(RedisClient, CheckSaysWhatAnOperatorHasToMend) {
  auto& server = Servers::instance().redis();
  const std::string place = "127.0.0.1:" + std::to_string(server.port());
  test::say(server, {"ACL", "SETUSER", "seller", "on", ">geheim", "~*", "&*", "+@all"});
  test::say(server, {"ACL", "SETUSER", "blind", "on", ">geheim", "~*", "+@read"});
  const auto problem = [&](const std::string& url) {
    auto wrong = settings;
    wrong.url = url;
    wrong.connect_timeout = 2s;
    const std::string text = check_problem(wrong);
    EXPECT_EQ(text.find("geheim"), std::string::npos) << text;
    return text;
  };
  const auto contains = [](const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  EXPECT_EQ(problem("redis://seller:geheim@" + place + "/2"), "fine");
  contains(problem("redis://seller:wrong-geheim@" + place), "refuses the password of user seller");
  contains(problem("redis://:wrong-geheim@" + place), "refuses the password of user default");
  contains(problem("redis://" + place), "wants a password");
  contains(problem("redis://blind:geheim@" + place), "user blind lacks a permission");
  contains(problem("redis://seller:geheim@" + place + "/99"), "DB index is out of range");
  contains(problem("redis://seller:geheim@127.0.0.1:1"), "127.0.0.1:1: Connection refused");
  contains(problem("redis://seller:geheim@no-such-host.invalid"), "no-such-host.invalid");
  contains(problem("rediss://seller:geheim@" + place), "no TLS with");
  contains(problem("http://seller:geheim@" + place), "must begin with redis://");
  auto forced = settings;
  forced.cluster = ClusterMode::yes;
  contains(check_problem(forced), "leads to no cluster");
}

/// A certificate of `names` by an authority of its own.
struct Certificates {
  explicit Certificates(const std::string& name) {
    const auto& home = Servers::instance().home();
    folder = home.make_folder(name).value();
    openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority", "-keyout",
             "ca.key", "-out", "ca.crt"});
    openssl({"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "server.key", "-out", "server.csr"});
    openssl({"x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
             "-copy_extensions", "copy", "-out", "server.crt"});
  }
  void openssl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), cluster::find_program("openssl").value());
    const cluster::SpawnOptions options{.arguments = std::move(arguments),
                                        .user = Servers::instance().home().user(),
                                        .log_file = folder / "log",
                                        .directory = folder};
    cluster::run_to_end(options, 60s).value();
  }
  std::string file(const char* name) const { return (folder / name).string(); }
  std::filesystem::path folder;
};

TEST_F(RedisClient, SpeaksTlsAndTrustsOnlyItsAuthority) {
  const Certificates ours("tls-ours"), others("tls-others");
  const int port = cluster::free_port();
  const auto server = own_server({{"bind", "127.0.0.1 127.0.0.2"},
                                  {"tls-port", std::to_string(port)},
                                  {"tls-cert-file", ours.file("server.crt")},
                                  {"tls-key-file", ours.file("server.key")},
                                  {"tls-ca-cert-file", ours.file("ca.crt")},
                                  {"tls-auth-clients", "no"}});
  auto tls = settings_for(*server);
  const auto url = [&](const std::string& host) {
    return "rediss://:" + server->password() + "@" + host + ":" + std::to_string(port);
  };
  tls.url = url("localhost");
  tls.ca_file = ours.file("ca.crt");
  {
    RedisRig rig(tls);
    ASSERT_EQ(rig.ask(set_command("a", std::string(3'000'000, 'x'))), "OK");
    EXPECT_EQ(rig.run(rig.client->run(Command("GET").key("a"))).value().reply.text().size(), 3'000'000u);
    EXPECT_EQ(check_problem(tls), "fine");
  }
  const auto contains = [&](std::string_view part) {
    const std::string text = check_problem(tls);
    EXPECT_NE(text.find(part), std::string::npos) << text;
    EXPECT_EQ(text.find(server->password()), std::string::npos);
  };
  tls.url = url("127.0.0.1");  // in the certificate
  EXPECT_EQ(check_problem(tls), "fine");
  tls.url = url("127.0.0.2");
  contains("is not trusted");
  tls.url = url("localhost");
  tls.ca_file = others.file("ca.crt");
  contains("is not trusted");
  tls.ca_file = {};
  contains("is not trusted");
  tls.ca_file = "/no/such/file";
  contains("SALESFLOW_REDIS_CA_FILE cannot be used");
}

struct Heard {
  std::vector<std::string> messages;
  int connected = 0, lost = 0;
  Subscription::Callbacks callbacks() {
    return {.on_message =
                [this](std::string_view channel, std::string_view payload) {
                  messages.push_back(std::string(channel) + "=" + std::string(payload));
                },
            .on_connected = [this] { ++connected; },
            .on_lost = [this] { ++lost; }};
  }
};

TEST_F(RedisClient, SubscriptionTellsEachLossAndHearsAgain) {
  const auto server = own_server();
  RedisRig rig(settings_for(*server));
  Heard heard;
  const auto subscription = Subscription::start(*rig.client, {"one", "two"}, heard.callbacks());
  EXPECT_FALSE(subscription->is_connected());
  ASSERT_TRUE(rig.run_until([&] { return heard.connected == 1; }));
  EXPECT_TRUE(subscription->is_connected());
  EXPECT_EQ(rig.run(rig.client->publish("two", std::string("a\0b", 3))).value(), 1);
  EXPECT_EQ(rig.run(rig.client->publish("three", "x")).value(), 0);
  ASSERT_TRUE(rig.run_until([&] { return heard.messages.size() == 1; }));
  EXPECT_EQ(heard.messages[0], std::string("two=a\0b", 7));
  server->kill_hard();
  ASSERT_TRUE(rig.run_until([&] { return heard.lost == 1; }));
  EXPECT_FALSE(subscription->is_connected());
  server->start_again().value();
  ASSERT_TRUE(rig.run_until([&] { return heard.connected == 2 && rig.client->is_up(); }));
  EXPECT_EQ(rig.run(rig.client->publish("one", "again")).value(), 1);
  ASSERT_TRUE(rig.run_until([&] { return heard.messages.size() == 2; }));
  EXPECT_EQ(heard.messages[1], "one=again");
  EXPECT_EQ(heard.lost, 1);
  // One connection alone is ended by the server.
  test::say(*server, {"CLIENT", "KILL", "TYPE", "pubsub"});
  ASSERT_TRUE(rig.run_until([&] { return heard.lost == 2 && heard.connected == 3; }));
  subscription->stop();
  EXPECT_FALSE(subscription->is_connected());
  ASSERT_TRUE(rig.run_until([&] { return rig.run(rig.client->publish("one", "nobody")).value() == 0; }));
  EXPECT_EQ(heard.messages.size(), 2u);
}

TEST_F(RedisClient, SubscriptionNoticesAServerThatIsSilent) {
  const auto server = own_server();
  auto quick = settings_for(*server);
  quick.ping_interval = 100ms;
  quick.command_timeout = 200ms;
  quick.connect_timeout = 300ms;
  RedisRig rig(quick);
  Heard heard;
  const auto subscription = Subscription::start(*rig.client, {"one"}, heard.callbacks());
  ASSERT_TRUE(rig.run_until([&] { return heard.connected == 1; }));
  rig.context.restart();
  rig.context.run_for(1s);  // silence that is none: pings are answered
  EXPECT_EQ(heard.lost, 0);
  server->freeze();
  ASSERT_TRUE(rig.run_until([&] { return heard.lost == 1; }));
  server->thaw();
  ASSERT_TRUE(rig.run_until([&] { return heard.connected == 2; }));
}

TEST_F(RedisClient, EndsWhatWaitsWhenItIsDestroyed) {
  RedisRig rig(settings);
  ASSERT_TRUE(rig.becomes_up());
  Heard heard;
  const auto subscription = Subscription::start(*rig.client, {"one"}, heard.callbacks());
  bool ended = false;
  const auto ask = [&]() -> Task<void> {
    const auto answer = co_await rig.client->run(Command("BLPOP").key("none").arg(0));
    EXPECT_EQ(answer.error().code, Errc::unavailable);
    ended = true;
  };
  asio::co_spawn(rig.context, ask(), [](std::exception_ptr error) { EXPECT_FALSE(error); });
  rig.context.restart();
  rig.context.run_for(50ms);
  rig.client.reset();
  ASSERT_TRUE(rig.run_until([&] { return ended; }));
}

}  // namespace
}  // namespace salesflow::redis
