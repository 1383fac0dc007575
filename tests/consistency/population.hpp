// Population: the people and objects of a run, made over HTTP and SQL.
#pragma once

#include <string>
#include <vector>

#include "tests/consistency/rig.hpp"
#include "tests/consistency/world.hpp"

namespace salesflow::consistency {

/// How long answers of each kind are kept; the nodes are told the same (policies of platform/cache).
struct Lifetimes {
  Nanos lists = milliseconds_of(10'000);
  Nanos dashboard = milliseconds_of(4'000);
  Nanos hot_leads = milliseconds_of(5'000);
  Nanos reports = milliseconds_of(6'000);
  /// SALESFLOW_CACHE_TTL_… of the nodes.
  std::vector<std::pair<std::string, std::string>> environment() const;
};

/// Organisations with two users each. Throws when the service refuses what it needs.
void populate(World& world, Rig& rig, const Lifetimes& lifetimes, int organizations);

/// A user in an organisation of its own, that sessions never ask for. `name`: of the account.
Person make_loner(Rig& rig, const std::string& name);

}  // namespace salesflow::consistency
