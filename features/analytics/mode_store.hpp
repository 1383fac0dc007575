// Where all nodes are told where analytics read from.
#pragma once

#include <memory>
#include <optional>

#include "features/analytics/source.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::analytics {

struct Mode {
  std::optional<Source> mode;    // none: each node's own setting
  TimePoint views_wanted_until;  // as the last node said that reads or wants the materialized views
};

/// Every method is one round trip, of any node: as salesflow_auth.
class ModeStore {
 public:
  virtual ~ModeStore() = default;
  virtual Task<Result<Mode>> read_mode(RequestContext& request) = 0;
  virtual Task<Result<void>> want_views(RequestContext& request) = 0;
};

std::unique_ptr<ModeStore> make_pg_mode_store(postgres::Database& auth_db);

}  // namespace salesflow::analytics
