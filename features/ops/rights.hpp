// Who may ask what operators ask.
#pragma once

#include <boost/describe.hpp>
#include <memory>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::ops {

struct RightRow {
  bool may = false;
};
BOOST_DESCRIBE_STRUCT(RightRow, (), (may))

class RightStore {
 public:
  virtual ~RightStore() = default;
  /// Whether the user is an operator or a superadmin, as of now.
  virtual Task<Result<bool>> may_operate(RequestContext& request) = 0;
};

std::unique_ptr<RightStore> make_pg_right_store(postgres::Database& database);

/// Errors: forbidden for whoever is neither operator nor superadmin; those of the store. A superadmin's token is
/// believed without asking.
Task<Result<void>> check_operator(RightStore& store, RequestContext& request);

}  // namespace salesflow::ops
