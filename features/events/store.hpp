// Where events are kept. One implementation over PostgreSQL (store_pg.cpp), one in memory in the tests.
#pragma once

#include <memory>

#include "features/events/events.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::events {

/// Every method is one statement and one round trip. An empty OneRow means: no such row for this user (and version).
class Store {
 public:
  virtual ~Store() = default;
  /// Up to limit_rows events strictly after `after`, newest first.
  virtual Task<Result<RowSet<EventRow>>> list_events(RequestContext& request, EventFilter filter, Cursor after,
                                                     std::int64_t limit_rows) = 0;
  /// Up to limit_rows pending events strictly after `after`, oldest first.
  virtual Task<Result<RowSet<EventRow>>> list_pending(RequestContext& request, std::optional<Channel> channel,
                                                      Cursor after, std::int64_t limit_rows) = 0;
  virtual Task<Result<OneRow<EventRow>>> get_event(RequestContext& request, Uuid event_id) = 0;
  /// Empty when the contact is neither the organisation's nor a lead of the user's.
  virtual Task<Result<OneRow<EventRow>>> create_event(RequestContext& request, Uuid id, NewEvent event,
                                                      std::string normalized_text) = 0;
  virtual Task<Result<OneRow<EventRow>>> set_status(RequestContext& request, Uuid event_id, Status status,
                                                    std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<OneRow<EventRow>>> set_suggested_reply(RequestContext& request, Uuid event_id,
                                                             RawJson suggested_reply,
                                                             std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<OneRow<SettingsRow>>> get_settings(RequestContext& request, std::optional<Uuid> contact_id) = 0;
  /// Empty as create_event().
  virtual Task<Result<OneRow<SettingsRow>>> put_settings(RequestContext& request, Uuid id, SettingsChange change) = 0;
  virtual Task<Result<OneRow<StatsRow>>> get_stats(RequestContext& request, TimePoint since) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::events
