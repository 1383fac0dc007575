// Answers that are kept, over two real nodes and Redis: used again, ended by writes of any node and of others, switched
// and emptied by operators, and done without when Redis is not there.
#include "platform/cache/shared.hpp"
#include "platform/cluster/redis.hpp"
#include "tests/integration/server_story.hpp"
#include "tests/support/redis_rig.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;

const std::string events_path = "/api/autopilot/message-events";

class CacheStory : public ServerStory {
 protected:
  std::unique_ptr<cluster::PrivateRedis> start_redis(const std::string& name) {
    auto started = cluster::PrivateRedis::start(Servers::instance().home(), {.name = name});
    EXPECT_TRUE(started) << (started ? "" : started.error().log_detail);
    return std::move(started).value();
  }
  Environment environment(const std::string& redis_url) {
    auto settings =
        server_environment(database.url(Login::app), database.url(Login::auth), database.url(Login::worker));
    settings["REDIS_URL"] = redis_url;
    settings["SALESFLOW_CACHE_PATIENCE"] = "500ms";  // sanitizers are slow
    return settings;
  }
  /// "hit 3": what became of the question, and how many events it tells.
  static std::string list(const RunningServer& node, const std::string& token) {
    const auto answer = node.get(events_path, token);
    if (answer.status != 200)
      return std::to_string(answer.status);
    return answer.header("X-Cache") + " " + std::to_string(answer.body.at("events").as_array().size());
  }
  static bool becomes(const RunningServer& node, const std::string& token, const std::string& wanted,
                      std::chrono::milliseconds limit = 10s) {
    return wait_until([&] { return list(node, token) == wanted; }, limit);
  }
  static void create(const RunningServer& node, const std::string& token) {
    EXPECT_EQ(node.call("POST", "/api/autopilot/message-event", token,
                        R"({"channel":"email","direction":"inbound","text":"hello"})")
                  .status,
              200);
  }
  CommandResult salesflow(std::vector<std::string> arguments, const std::string& redis_url = "") {
    Environment settings{{"SALESFLOW_WORKER_DATABASE_URL", database.url(Login::worker)}};
    if (!redis_url.empty())
      settings["REDIS_URL"] = redis_url;
    return run_salesflow(std::move(arguments), settings);
  }
  static json::value json_of(const CommandResult& result) {
    return json::parse(result.output.substr(result.output.find('{')));
  }
};

TEST_F(CacheStory, TwoNodesKeepAnswersUntilSomebodyWrites) {
  const auto redis = start_redis("cache_story");
  const RunningServer one(environment(redis->url())), two(environment(redis->url()));
  const auto anna = one.sign_up("anna@example.com");
  ASSERT_TRUE(becomes(one, anna.token, "hit 0"));
  const auto kept = one.get(events_path, anna.token);
  EXPECT_EQ(kept.header("X-Cache"), "hit");
  EXPECT_FALSE(kept.header("Age").empty());
  EXPECT_TRUE(kept.header("Cache-Control").starts_with("private")) << kept.header("Cache-Control");
  EXPECT_EQ(one.call("GET", events_path, anna.token, "", {{"If-None-Match", kept.header("ETag")}}).status, 304);
  ASSERT_TRUE(becomes(two, anna.token, "hit 0"));

  for (int i = 1; i <= 5; ++i) {
    create(i % 2 == 0 ? one : two, anna.token);
    EXPECT_EQ(list(i % 2 == 0 ? two : one, anna.token).substr(4), " " + std::to_string(i)) << "the other node, at once";
    EXPECT_TRUE(becomes(one, anna.token, "hit " + std::to_string(i)));
    EXPECT_TRUE(becomes(two, anna.token, "hit " + std::to_string(i)));
  }
  database.run(
      "INSERT INTO message_events (user_id, org_id, channel, direction, normalized_text) SELECT user_id, org_id, "
      "'email', 'inbound', 'by hand' FROM org_members WHERE user_id = $1",
      {anna.user_id});
  EXPECT_TRUE(wait_until([&] { return list(one, anna.token).ends_with(" 6"); }, 5s)) << "through the feed";
  EXPECT_TRUE(wait_until([&] { return list(two, anna.token).ends_with(" 6"); }, 5s));
}

/// Of nothing, too: an empty answer is an answer.
TEST_F(CacheStory, EveryKeptRouteIsUsedAgain) {
  const auto redis = start_redis("cache_every");
  const RunningServer node(environment(redis->url()));
  const auto anna = node.sign_up("anna@example.com");
  const json::value document = node.get("/openapi.json").body;
  int kept = 0;
  for (const auto& [path, operations] : document.at("paths").as_object()) {
    const std::string target(path);
    if (!operations.as_object().contains("get") || target.find('{') != std::string::npos || target == "/api/stream")
      continue;
    SCOPED_TRACE(target);
    const std::string outcome = node.get(target, anna.token).header("X-Cache");
    if (outcome.empty())
      continue;
    ++kept;
    const auto is_hit = [&] { return node.get(target, anna.token).header("X-Cache") == "hit"; };
    EXPECT_TRUE(wait_until(is_hit, 5s));
  }
  EXPECT_GT(kept, 30);
}

TEST_F(CacheStory, OperatorsSwitchAndEmptyAllNodes) {
  const auto redis = start_redis("cache_switch");
  const RunningServer one(environment(redis->url())), two(environment(redis->url()));
  const auto anna = one.sign_up("anna@example.com");
  EXPECT_EQ(one.get("/api/ops/cache", anna.token).status, 403);
  EXPECT_EQ(one.call("PUT", "/api/ops/cache", anna.token, R"({"on":false})").status, 403);
  EXPECT_EQ(one.call("POST", "/api/ops/cache/flush", anna.token).status, 403);
  database.run("UPDATE users SET role = 'superadmin' WHERE id = $1", {anna.user_id});
  const auto login =
      one.call("POST", "/api/auth/login", "", R"({"username":"anna@example.com","password":"correct horse"})");
  const std::string root(login.body.at("access_token").as_string());
  ASSERT_TRUE(becomes(one, root, "hit 0") && becomes(two, root, "hit 0"));

  ASSERT_EQ(salesflow({"cache", "off"}).exit_code, 0);
  EXPECT_TRUE(becomes(one, root, "bypass 0") && becomes(two, root, "bypass 0"));
  EXPECT_EQ(one.call("PUT", "/api/ops/cache", root, "{}").first_field(), "on");
  EXPECT_EQ(one.call("PUT", "/api/ops/cache", root, R"({"on":true})").body.at("on"), true);
  EXPECT_TRUE(becomes(one, root, "hit 0") && becomes(two, root, "hit 0"));
  EXPECT_TRUE(one.call("PUT", "/api/ops/cache", root, R"({"on":null})").body.at("on").is_null());

  ASSERT_EQ(salesflow({"cache", "flush"}).exit_code, 0);
  for (const RunningServer* node : {&one, &two})
    EXPECT_TRUE(wait_until([&] { return node->log_text().find("cache_flushed") != std::string::npos; }, 10s));
  EXPECT_TRUE(becomes(one, root, "hit 0"));
  EXPECT_TRUE(wait_until(
      [&] {
        const auto flushed = salesflow({"cache", "flush", "--user", anna.user_id, "--json"}, redis->url());
        EXPECT_EQ(flushed.exit_code, 0) << flushed.output;
        return json_of(flushed).at("removed").as_int64() >= 1;
      },
      10s));
  EXPECT_EQ(salesflow({"cache", "flush", "--user", "anna"}, redis->url()).exit_code != 0, true);
  EXPECT_NE(salesflow({"cache", "flush", "--pattern", "*"}).exit_code, 0) << "without REDIS_URL";
  const auto flushes = [&] { return database.run("SELECT flushes FROM salesflow.cache_switch").integer(); };
  const auto before = flushes();
  const auto empty = salesflow({"cache", "flush", "--pattern", ""}, redis->url());
  EXPECT_NE(empty.exit_code, 0) << empty.output;
  EXPECT_EQ(flushes(), before) << "a variable that is not set flushes nothing";
  const auto by_pattern = one.call("POST", "/api/ops/cache/flush", root, R"({"pattern":"{u:nobody}*"})");
  EXPECT_EQ(by_pattern.status, 200) << by_pattern.raw.body;
  EXPECT_EQ(by_pattern.body.at("removed"), 0);

  JsonAnswer seen;
  EXPECT_TRUE(wait_until(
      [&] {
        seen = one.get("/api/ops/cache", root);
        const auto& policies = seen.body.at("policies").as_array();
        return seen.body.at("nodes").as_array().size() == 2 &&
               std::any_of(policies.begin(), policies.end(), [](const json::value& view) {
                 return view.at("policy").at("name") == "lists" && view.at("hit").as_int64() > 0;
               });
      },
      40s))
      << seen.raw.body;
  const auto stats = salesflow({"cache", "stats", "--json"});
  EXPECT_EQ(stats.exit_code, 0) << stats.output;
  EXPECT_EQ(json_of(stats).at("nodes").as_array().size(), 2u);
  EXPECT_NE(salesflow({"cache", "stats"}).output.find("inbox_counts"), std::string::npos);
  const auto advice = salesflow({"cache", "advise"});
  EXPECT_EQ(advice.exit_code, 0);
  EXPECT_NE(advice.output.find("are needed to say anything"), std::string::npos) << advice.output;
}

TEST_F(CacheStory, AFlushTellsRedisWhileNoNodeRuns) {
  const auto redis = start_redis("cache_no_node");
  {
    redis::Settings settings;
    settings.url = redis->url();
    RedisRig rig(settings);
    ASSERT_TRUE(rig.becomes_up());
    const auto token_of_all = [&] {
      return rig.ask(
          redis::Command("GET").key(cache::Tag{cache::everything.table, cache::everything.scope, {}}.key("sf")));
    };
    const std::string before = token_of_all();
    const auto flushed = salesflow({"cache", "flush"}, redis->url());
    EXPECT_EQ(flushed.exit_code, 0) << flushed.output;
    EXPECT_NE(token_of_all(), before) << "what Redis keeps is not used again";
  }
  const RunningServer node(environment(redis->url()));
  const auto anna = node.sign_up("anna@example.com");
  const std::string token = anna.token, user_id = anna.user_id;
  // A user's id as people may write it.
  ASSERT_TRUE(becomes(node, token, "hit 0"));
  std::string upper = user_id;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  EXPECT_TRUE(wait_until([&] {
    return json_of(salesflow({"cache", "flush", "--user", upper, "--json"}, redis->url())).at("removed").as_int64() > 0;
  }));
  // A Redis that is away stops neither.
  redis->kill_hard();
  const auto away = salesflow({"cache", "flush"}, redis->url());
  EXPECT_EQ(away.exit_code, 0) << away.output;
  EXPECT_NE(away.output.find("Redis does not answer now"), std::string::npos) << away.output;
  const auto by_user = salesflow({"cache", "flush", "--user", user_id}, redis->url());
  EXPECT_EQ(by_user.exit_code, 1) << by_user.output;
}

TEST_F(CacheStory, ASettingThatIsWrongSwitchesNothing) {
  Environment settings{{"SALESFLOW_WORKER_DATABASE_URL", database.url(Login::worker)},
                       {"SALESFLOW_CACHE_TTL_LISTS", "soon"}};
  const auto refused = run_salesflow({"cache", "off"}, settings);
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.output.find("SALESFLOW_CACHE_TTL_LISTS"), std::string::npos) << refused.output;
  EXPECT_EQ(database.run("SELECT is_on FROM salesflow.cache_switch").value(), "") << "NULL";
}

TEST_F(CacheStory, GoesOnWithoutRedisAndUsesItAgainWhenItIsBack) {
  const auto redis = start_redis("cache_outage");
  const RunningServer node(environment(redis->url()));
  const auto anna = node.sign_up("anna@example.com");
  ASSERT_TRUE(becomes(node, anna.token, "hit 0"));
  redis->kill_hard();
  create(node, anna.token);
  EXPECT_EQ(list(node, anna.token), "bypass 1");
  create(node, anna.token);
  EXPECT_EQ(list(node, anna.token), "bypass 2");
  ASSERT_TRUE(redis->start_again());
  EXPECT_TRUE(becomes(node, anna.token, "hit 2", 5s));
}

TEST_F(CacheStory, TheStartSaysWhatIsWrongWithRedis) {
  const auto redis = start_redis("cache_start");
  auto settings = environment("redis://:wrong@127.0.0.1:" + std::to_string(redis->port()));
  {
    const RunningServer node(settings);
    EXPECT_NE(node.log_text().find("redis_unusable"), std::string::npos);
    const auto anna = node.sign_up("anna@example.com");
    EXPECT_EQ(node.get(events_path, anna.token).status, 200) << "it serves without";
  }
  settings["CACHE_REQUIRED"] = "true";
  try {
    const RunningServer node(settings);
    FAIL() << "it started";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("CACHE_REQUIRED, but"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace salesflow::test
