// What all nodes are told of the cache, and what each tells of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::cache {

/// An operator's word for all nodes.
struct Switch {
  std::optional<bool> is_on;        // none: each node's own setting
  std::int64_t flushes = 0;         // each ends all that was kept before, in Redis, too
  std::int64_t memory_flushes = 0;  // each ends what nodes keep in their memory
};

/// How this node's cache stands.
struct NodeState {
  std::string node;
  bool is_on = false;
  std::optional<bool> hears;  // none: it works without Redis
  std::int64_t flushes = 0;   // those that it has followed
  std::int64_t memory_bytes = 0, memory_entries = 0;
  std::int64_t proofs_checked = 0, proofs_wrong = 0;
  std::int64_t age_max_ms = 0;
  std::int64_t bumps_failed = 0;
};

/// By policy, in one order; counted since the process started.
struct FiguresOfNode {
  std::string node;
  std::vector<std::string> policies;
  std::vector<std::int64_t> ttl_ms, hit, stale, joined, miss, bypass, stored, too_large, invalidated, expired, made,
      made_us;
};

/// Every method is one round trip, of any node: as salesflow_auth.
class Store {
 public:
  virtual ~Store() = default;
  virtual Task<Result<Switch>> read_switch(RequestContext& request) = 0;
  /// Instead of what this node noted before. Nodes that are silent for an hour are forgotten.
  virtual Task<Result<void>> note_node(RequestContext& request, NodeState state) = 0;
  /// Behind note_node.
  virtual Task<Result<void>> note_figures(RequestContext& request, FiguresOfNode figures) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& auth_db);

}  // namespace salesflow::cache
