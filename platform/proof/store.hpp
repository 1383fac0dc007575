// Where nodes write down what they proved.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::proof {

/// By kind, in one order.
struct Addition {
  std::vector<std::string> kinds;
  std::vector<std::int64_t> checked, skipped, wrong;
};

class Store {
 public:
  virtual ~Store() = default;
  /// Adds to today's counts of all nodes.
  virtual Task<Result<void>> add(RequestContext& request, Addition addition) = 0;
};

/// Over a database that logs in as salesflow_auth: each node has that login.
std::unique_ptr<Store> make_pg_store(postgres::Database& auth_db);

}  // namespace salesflow::proof
