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
      {"node stutters", false, true, &Faults::stutter_node},
      {"node killed", false, true, &Faults::kill_node},
      {"postgres restarted", false, true, &Faults::restart_postgres},
      {"tables locked", false, true, &Faults::lock_tables},
      {"replica held", false, false, &Faults::hold_replica},
      {"slots moved", false, false, &Faults::move_slots},
      {"redis replica promoted", true, false, &Faults::fail_redis_over_to_replica},
      {"postgres replica promoted", false, true, &Faults::promote_replica},
  };
  return kinds;
}

std::vector<std::string> Faults::kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : all())
    names.emplace_back(kind.name);
  return names;
}

Faults::Faults(World& world, Rig& rig, std::uint64_t seed, std::vector<std::string> only, Nanos calm)
    : world_(world), rig_(rig), random_(seed), calm_ms_(calm / 1'000'000) {
  for (const Kind& kind : all()) {
    const std::string name = kind.name;
    if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end())
      continue;
    const bool is_of_redis = name.starts_with("redis") || name == "subscriptions ended";
    const bool is_of_cluster = name == "slots moved" || name == "redis replica promoted";
    const bool is_of_replica = name == "replica held" || name == "postgres replica promoted";
    if ((is_of_redis && servers().empty()) || (is_of_cluster && !rig.redis_cluster()) ||
        (is_of_replica && !rig.replica()))
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
    pass(between(calm_ms_ / 2, calm_ms_ * 3 / 2));
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
    for (std::size_t i = 0; i < 4; ++i)
      all.push_back(&cluster->node(i));
  }
  return all;
}

cluster::PrivateRedis& Faults::any_primary() {
  test::RedisCluster* const cluster = rig_.redis_cluster();
  return cluster ? cluster->node(cluster->primary_of(static_cast<std::size_t>(between(0, 2)))) : *rig_.redis();
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
  cluster::PrivateRedis& server = any_primary();
  server.kill_hard();
  pass(between(200, 3'000));
  server.start_again().value();
}

void Faults::freeze_redis() {
  cluster::PrivateRedis& server = any_primary();
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
  cluster::PrivateRedis& server = any_primary();
  server.kill_hard();
  server.start_again().value();
}

void Faults::fail_redis_back() {
  // As after the promotion of a replica that lagged: the same address, with keys as they were a while ago.
  cluster::PrivateRedis& server = any_primary();
  test::say(server, {"SAVE"});
  pass(between(300, 2'000));
  server.kill_hard();
  server.start_again().value();
  std::filesystem::remove(server.log_file().parent_path() / "dump.rdb");
}

void Faults::end_subscriptions() {
  // Now and then, or again and again, so that none lasts until what was missed is told once more.
  const bool is_steady = between(0, 1) == 0;
  const Nanos until = now() + milliseconds_of(between(300, 2'500));
  for (std::int64_t times = between(1, 5); is_steady ? now() < until && !world_.stop : times > 0; --times) {
    tell_redis({"CLIENT", "KILL", "TYPE", "pubsub"});
    pass(is_steady ? between(1, 20) : between(20, 400));
  }
}

void Faults::freeze_node() {
  const int node = static_cast<int>(between(0, rig_.node_count() - 1));
  rig_.signal_node(node, SIGSTOP);
  pass(between(200, 5'000));
  rig_.signal_node(node, SIGCONT);
}

void Faults::stutter_node() {
  const int node = static_cast<int>(between(0, rig_.node_count() - 1));
  for (const Nanos until = now() + milliseconds_of(between(1'000, 5'000)); now() < until && !world_.stop;) {
    rig_.signal_node(node, SIGSTOP);
    std::this_thread::sleep_for(std::chrono::milliseconds(between(5, 100)));
    rig_.signal_node(node, SIGCONT);
    std::this_thread::sleep_for(std::chrono::milliseconds(between(5, 60)));
  }
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

void Faults::lock_tables() {
  // As a careless migration does: reads and writes wait, so that answers become dear to make.
  auto session = rig_.connect();
  for (const Nanos until = now() + milliseconds_of(between(1'000, 5'000)); session && now() < until && !world_.stop;
       pass(between(5, 60))) {
    const char* const table = between(0, 1) == 0 ? "deals" : "message_events";
    session
        ->run(fmt::format("BEGIN; LOCK TABLE public.{} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(0.{:03}); COMMIT",
                          table, between(10, 200)))
        .value();
  }
}

void Faults::hold_replica() {
  if (!rig_.replica())
    return;
  auto session = rig_.connect_to_replica();
  session.run("SELECT pg_wal_replay_pause()").value();
  pass(between(0, 4) == 0 ? 30'000 : between(500, 6'000));
  session.run("SELECT pg_wal_replay_resume()").value();
}

void Faults::move_slots() {
  // Slots in use go elsewhere with their keys, and come back.
  test::RedisCluster& cluster = *rig_.redis_cluster();
  for (std::int64_t times = between(2, 6); times > 0 && !world_.stop; --times) {
    const auto third = static_cast<std::size_t>(between(0, 2));
    const std::size_t source = cluster.primary_of(third),
                      target = cluster.primary_of((third + static_cast<std::size_t>(between(1, 2))) % 3);
    const std::string key = test::say(cluster.node(source), {"RANDOMKEY"});
    if (key.empty())
      continue;
    const std::string slot = test::say(cluster.node(source), {"CLUSTER", "KEYSLOT", key});
    cluster.move_slot(slot, source, target);
    pass(between(50, 1'000));
    cluster.move_slot(slot, target, source);
  }
}

void Faults::fail_redis_over_to_replica() {
  test::RedisCluster& cluster = *rig_.redis_cluster();
  const std::size_t old = cluster.primary_of(0), replica = 3 - old;
  const auto waits = [&](std::size_t node, const char* fact) {
    for (int i = 0; i < 200 && !world_.stop; ++i) {
      if (test::say(cluster.node(node), {"INFO", "replication"}).find(fact) != std::string::npos)
        return;
      pass(100);
    }
    if (!world_.stop)
      throw std::runtime_error(fmt::format("node {} does not say {}", node, fact));
  };
  cluster.node(old).kill_hard();
  try {
    waits(replica, "role:master");
  } catch (const std::exception&) {
    cluster.node(old).start_again().value();
    throw;
  }
  pass(between(0, 1'000));
  cluster.node(old).start_again().value();
  waits(old, "master_link_status:up");
}

void Faults::promote_replica() {
  if (!rig_.replica())
    return;
  if (between(0, 1) == 0) {  // it has much to replay before it is the primary
    auto session = rig_.connect_to_replica();
    session.run("SELECT pg_wal_replay_pause()").value();
    pass(between(500, 6'000));
    session.run("SELECT pg_wal_replay_resume()").value();
  }
  rig_.promote_replica();
}

}  // namespace salesflow::consistency
