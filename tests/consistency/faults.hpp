// Faults: what goes wrong while sessions write and read, one thing after another, by a seeded schedule.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/consistency/rig.hpp"
#include "tests/consistency/world.hpp"

namespace salesflow::consistency {

class Faults {
 public:
  /// `only`: names of kinds, empty: all. `calm`: the mean time between two.
  Faults(World& world, Rig& rig, std::uint64_t seed, std::vector<std::string> only, Nanos calm);

  /// Until world.stop. What was done is undone before it returns.
  void run();
  static std::vector<std::string> kinds();

 private:
  using Random = std::mt19937_64;
  struct Kind {
    const char* name;
    bool excuses_redis;  // strict answers may be old meanwhile
    bool excuses_relay;  // changes may be heard of late
    void (Faults::*run)();
  };
  static const std::vector<Kind>& all();

  void kill_redis();
  void freeze_redis();
  void slow_redis();
  void flush_redis();
  void fill_redis();
  void fail_redis_over();
  void fail_redis_back();
  void end_subscriptions();
  void freeze_node();
  void stutter_node();
  void kill_node();
  void restart_postgres();
  void lock_tables();
  void hold_replica();
  void move_slots();
  void fail_redis_over_to_replica();
  void promote_replica();

  /// Sleeps, or less when the run ends.
  void pass(std::int64_t ms);
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  /// To each Redis; what one answers that is away does not matter.
  void tell_redis(const std::vector<std::string>& command);
  std::vector<cluster::PrivateRedis*> servers();
  /// One that holds keys.
  cluster::PrivateRedis& any_primary();

  World& world_;
  Rig& rig_;
  Random random_;
  const std::int64_t calm_ms_;
  std::vector<const Kind*> kinds_;
};

}  // namespace salesflow::consistency
