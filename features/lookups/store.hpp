// Where values to choose from are read from.
#pragma once

#include <memory>

#include "features/lookups/lookups.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::lookups {

/// Every method is one round trip.
class Store {
 public:
  virtual ~Store() = default;
  virtual Task<Result<RowSet<ValueRow>>> list_contact_values(RequestContext& request, ContactValue kind,
                                                             std::int64_t limit_rows) = 0;
  virtual Task<Result<RowSet<ValueRow>>> list_sources(RequestContext& request, std::int64_t limit_rows) = 0;
  virtual Task<Result<RowSet<ValueRow>>> list_stages(RequestContext& request, std::int64_t limit_rows) = 0;
  virtual Task<Result<RowSet<ValueRow>>> list_pipelines(RequestContext& request, std::int64_t limit_rows) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::lookups
