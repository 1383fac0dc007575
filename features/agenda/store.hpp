// Where follow-ups and activities are read from.
#pragma once

#include <memory>

#include "features/agenda/agenda.hpp"
#include "platform/core/cursor.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::agenda {

/// Every method is one round trip.
class Store {
 public:
  virtual ~Store() = default;
  /// Errors: invalid_argument when the zone is not known.
  virtual Task<Result<RowSet<FollowupRow>>> list_followups(RequestContext& request, Due due, TimePosition after,
                                                           std::int64_t limit_rows, TimePoint at, std::string zone) = 0;
  /// No row: no such lead. One row without an id: nothing was suggested.
  virtual Task<Result<RowSet<SuggestionRow>>> list_suggestions(RequestContext& request, Uuid lead_id,
                                                               SuggestionStatus status, TimePosition after,
                                                               std::int64_t limit_rows, TimePoint at) = 0;
  virtual Task<Result<RowSet<ActivityRow>>> list_activities(RequestContext& request, std::optional<Uuid> contact_id,
                                                            TimePosition after, std::int64_t limit_rows) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::agenda
