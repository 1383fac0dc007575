#include "tests/consistency/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace salesflow::consistency {

const std::vector<Faults::Kind>& Faults::all() {
  // What only makes Redis forget, and what is done to nodes, PostgreSQL and the replica, excuses no strict answer.
  static const std::vector<Kind> kinds{
      {"redis killed", true, false, &Faults::kill_redis},
      {"redis paused", true, false, &Faults::freeze_redis},
      {"redis slow", true, false, &Faults::slow_redis},
      {"redis flushed", false, false, &Faults::flush_redis},
      {"redis full", true, false, &Faults::fill_redis},
      {"redis failed over empty", true, false, &Faults::fail_redis_over},
      {"redis failed over old", true, false, &Faults::fail_redis_back},
      {"subscriptions ended", false, false, &Faults::end_subscriptions},
      {"node paused", false, true, &Faults::freeze_node},
      {"node killed", false, true, &Faults::kill_node},
      {"postgres restarted", false, true, &Faults::restart_postgres},
      {"replica held", false, false, &Faults::hold_replica},
      {"slots moved", false, false, &Faults::move_slots},
  };
  return kinds;
}

std::vector<std::string> Faults::kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : all())
    names.emplace_back(kind.name);
  return names;
}

Faults::Faults(World& world, Rig& rig, std::uint64_t seed, std::vector<std::string> only)
    : world_(world), rig_(rig), random_(seed) {
  for (const Kind& kind : all()) {
    const std::string name = kind.name;
    if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end())
      continue;
    const bool is_of_redis = name.starts_with("redis") || name == "subscriptions ended";
    if ((is_of_redis && servers().empty()) || (name == "slots moved" && !rig.redis_cluster()) ||
        (name == "replica held" && !rig.replica()))
      continue;
    kinds_.push_back(&kind);
  }
}

void Faults::run() {
  std::vector<const Kind*> deck;
  while (!world_.stop && !kinds_.empty()) {
    if (deck.empty()) {  // each kind once before any comes again
      deck = kinds_;
      std::shuffle(deck.begin(), deck.end(), random_);
    }
    const Kind& kind = *deck.back();
    deck.pop_back();
    pass(between(1'000, 3'000));
    if (world_.stop)
      break;
    world_.note_fault(kind.name);
    world_.set_weather(fmt::format("fault at work: {}, since the run was", kind.name));
    if (kind.excuses_redis)
      world_.redis_excuse.begin(now());
    if (kind.excuses_relay || kind.excuses_redis)
      world_.relay_excuse.begin(now());
    try {
      (this->*kind.run)();
    } catch (const std::exception& failure) {
      world_.note_odd(fmt::format("fault \"{}\": {}", kind.name, failure.what()));
    }
    if (kind.excuses_redis)
      world_.redis_excuse.end(now());
    if (kind.excuses_relay || kind.excuses_redis)
      world_.relay_excuse.end(now());
    world_.set_weather(fmt::format("last fault: {}, undone when the run was", kind.name));
  }
}

void Faults::pass(std::int64_t ms) {
  const Nanos until = now() + milliseconds_of(ms);
  while (!world_.stop && now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

std::vector<cluster::PrivateRedis*> Faults::servers() {
  if (rig_.redis())
    return {rig_.redis()};
  std::vector<cluster::PrivateRedis*> all;
  if (test::RedisCluster* const cluster = rig_.redis_cluster()) {
    for (std::size_t i = 0; i < 3; ++i)
      all.push_back(&cluster->node(i));
  }
  return all;
}

void Faults::tell_redis(const std::vector<std::string>& command) {
  for (cluster::PrivateRedis* const server : servers()) {
    try {
      test::say(*server, command);
    } catch (const std::exception&) {
    }
  }
}

void Faults::kill_redis() {
  auto all = servers();
  cluster::PrivateRedis& server = *all[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(all.size()) - 1))];
  server.kill_hard();
  pass(between(200, 3'000));
  server.start_again().value();
}

void Faults::freeze_redis() {
  auto all = servers();
  cluster::PrivateRedis& server = *all[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(all.size()) - 1))];
  server.freeze();
  pass(between(100, 4'000));
  server.thaw();
}

void Faults::slow_redis() {
  const Nanos until = now() + milliseconds_of(between(1'000, 4'000));
  while (!world_.stop && now() < until) {
    tell_redis({"CLIENT", "PAUSE", std::to_string(between(5, 60)), "ALL"});
    pass(between(5, 80));
  }
}

void Faults::flush_redis() {
  for (std::int64_t times = between(1, 4); times > 0; --times) {
    tell_redis({"FLUSHALL"});
    pass(between(50, 500));
  }
}

void Faults::fill_redis() {
  tell_redis({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  tell_redis({"CONFIG", "SET", "maxmemory", "1mb"});
  pass(between(500, 4'000));
  tell_redis({"CONFIG", "SET", "maxmemory", "0"});
}

void Faults::fail_redis_over() {
  // As after the promotion of a replica that had nothing yet: the same address, empty, at once.
  auto all = servers();
  cluster::PrivateRedis& server = *all[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(all.size()) - 1))];
  server.kill_hard();
  server.start_again().value();
}

void Faults::fail_redis_back() {
  // As after the promotion of a replica that lagged: the same address, with keys as they were a while ago.
  auto all = servers();
  cluster::PrivateRedis& server = *all[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(all.size()) - 1))];
  test::say(server, {"SAVE"});
  pass(between(300, 2'000));
  server.kill_hard();
  server.start_again().value();
  std::filesystem::remove(server.log_file().parent_path() / "dump.rdb");
}

void Faults::end_subscriptions() {
  for (std::int64_t times = between(1, 5); times > 0; --times) {
    tell_redis({"CLIENT", "KILL", "TYPE", "pubsub"});
    pass(between(20, 400));
  }
}

void Faults::freeze_node() {
  const int node = static_cast<int>(between(0, rig_.node_count() - 1));
  rig_.signal_node(node, SIGSTOP);
  pass(between(200, 5'000));
  rig_.signal_node(node, SIGCONT);
}

void Faults::kill_node() {
  const int node = static_cast<int>(between(0, rig_.node_count() - 1));
  rig_.kill_node(node);
  pass(between(0, 2'000));
  if (!rig_.restart_node(node))
    throw std::runtime_error("a killed node does not come back:\n" + rig_.node_log(node, 20));
}

void Faults::restart_postgres() {
  rig_.postgres().restart(between(0, 1) == 0 ? cluster::StopMode::fast : cluster::StopMode::immediate).value();
}

void Faults::hold_replica() {
  auto session = rig_.connect_to_replica();
  session.run("SELECT pg_wal_replay_pause()").value();
  pass(between(0, 4) == 0 ? 30'000 : between(500, 6'000));
  session.run("SELECT pg_wal_replay_resume()").value();
}

void Faults::move_slots() {
  // A range of slots goes to its neighbour and comes back, with whatever keys are in it.
  test::RedisCluster& cluster = *rig_.redis_cluster();
  const auto from = static_cast<std::size_t>(between(0, 2)), to = (from + 1) % 3;
  const int first = static_cast<int>(from) * 5462 + static_cast<int>(between(0, 5'000));
  for (const auto& [source, target] : {std::pair{from, to}, std::pair{to, from}}) {
    for (int slot = first; slot < first + 20 && !world_.stop; ++slot) {
      const std::string number = std::to_string(slot);
      test::say(cluster.node(target), {"CLUSTER", "SETSLOT", number, "IMPORTING", cluster.id_of(source)});
      test::say(cluster.node(source), {"CLUSTER", "SETSLOT", number, "MIGRATING", cluster.id_of(target)});
      // What is in it is lost; from here on nothing new comes into it at its source.
      test::say(cluster.node(source), {"FLUSHALL"});
      test::say(cluster.node(target), {"CLUSTER", "SETSLOT", number, "NODE", cluster.id_of(target)});
      test::say(cluster.node(source), {"CLUSTER", "SETSLOT", number, "NODE", cluster.id_of(target)});
    }
    pass(between(200, 1'000));
  }
}

}  // namespace salesflow::consistency
