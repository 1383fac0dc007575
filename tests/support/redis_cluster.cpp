#include "tests/support/redis_cluster.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <stdexcept>

#include "platform/cluster/postgres.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {

namespace {

/// Of a list: of its first element.
std::string text_of(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_INTEGER)
    return std::to_string(reply.integer);
  if (reply.type == REDIS_REPLY_ARRAY)
    return reply.elements == 0 ? "" : text_of(*reply.element[0]);
  return reply.str ? std::string(reply.str, reply.len) : "";
}

}  // namespace

std::string say(const cluster::PrivateRedis& server, const std::vector<std::string>& command) {
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
  };
  const std::unique_ptr<redisContext, Free> context(redisConnectWithTimeout("127.0.0.1", server.port(), {10, 0}));
  if (!context || context->err != 0)
    throw std::runtime_error("no connection to a private Redis");
  redisSetTimeout(context.get(), {10, 0});
  std::string last;
  for (const auto& words : {std::vector<std::string>{"AUTH", server.password()}, command}) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    const std::unique_ptr<redisReply, Free> reply(static_cast<redisReply*>(
        redisCommandArgv(context.get(), static_cast<int>(words.size()), texts.data(), sizes.data())));
    if (!reply)
      throw std::runtime_error("a private Redis does not answer");
    last = text_of(*reply);
  }
  return last;
}

std::size_t RedisCluster::primary_of(std::size_t third) {
  const bool is_replaced = third == 0 && say(node(3), {"INFO", "replication"}).find("role:master") != std::string::npos;
  return is_replaced ? 3 : third;
}

void RedisCluster::move_slot(const std::string& slot, std::size_t from, std::size_t to) {
  say(node(to), {"CLUSTER", "SETSLOT", slot, "IMPORTING", id_of(from)});
  say(node(from), {"CLUSTER", "SETSLOT", slot, "MIGRATING", id_of(to)});
  for (std::string key; !(key = say(node(from), {"CLUSTER", "GETKEYSINSLOT", slot, "1"})).empty();)
    say(node(from), {"MIGRATE", "127.0.0.1", std::to_string(node(to).port()), key, "0", "5000", "REPLACE", "AUTH2",
                     "app", password});
  for (const std::size_t told : {to, from})
    say(node(told), {"CLUSTER", "SETSLOT", slot, "NODE", id_of(to)});
}

RedisCluster::RedisCluster(const cluster::ServerHome& home) {
  static int clusters = 0;
  const int number = ++clusters;
  std::vector<std::string> bus_ports;
  // In the configuration, so that a server that was started again knows them; any may follow any other.
  const std::string quoted = fmt::format("\"{}\"", password);
  const std::string app_user = fmt::format("app on \">{}\" ~* &* +@all", password);
  for (int i = 0; i < 4; ++i) {
    bus_ports.push_back(std::to_string(cluster::free_port()));
    nodes_.push_back(cluster::PrivateRedis::start(home, {.name = fmt::format("redis-cluster-{}-{}", number, i),
                                                         .settings = {{"cluster-enabled", "yes"},
                                                                      {"cluster-config-file", "nodes.conf"},
                                                                      {"cluster-node-timeout", "1500"},
                                                                      {"cluster-require-full-coverage", "no"},
                                                                      {"cluster-port", bus_ports.back()},
                                                                      {"user", app_user},
                                                                      {"masteruser", "app"},
                                                                      {"masterauth", quoted}}})
                         .value());
  }
  for (int i = 0; i < 3; ++i) {
    const int first = i * 5462, last = std::min(first + 5461, 16383);
    say(node(static_cast<std::size_t>(i)), {"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)});
    say(node(static_cast<std::size_t>(i)), {"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
  }
  for (std::size_t i = 1; i < nodes_.size(); ++i)
    say(node(i), {"CLUSTER", "MEET", "127.0.0.1", std::to_string(node(0).port()), bus_ports[0]});
  const auto all_tell = [&](const char* fact) {
    return std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& server) {
      return say(*server, {"CLUSTER", "INFO"}).find(fact) != std::string::npos;
    });
  };
  if (!wait_until([&] { return all_tell("cluster_known_nodes:4") && all_tell("cluster_state:ok"); }))
    throw std::runtime_error("the cluster does not come together");
  say(node(3), {"CLUSTER", "REPLICATE", id_of(0)});
  const auto follows = [&] {
    return say(node(3), {"INFO", "replication"}).find("master_link_status:up") != std::string::npos &&
           say(node(1), {"CLUSTER", "NODES"}).find("slave " + id_of(0)) != std::string::npos;
  };
  if (!wait_until(follows))
    throw std::runtime_error("the cluster's replica does not follow");
}

std::string RedisCluster::url() const {
  return fmt::format("redis://app:{}@127.0.0.1:{}", cluster::percent_encode(password), nodes_[1]->port());
}

}  // namespace salesflow::test
