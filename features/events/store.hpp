// Where events are kept. One implementation over PostgreSQL (store_pg.cpp), one in memory in the tests.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "features/events/events.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::events {

struct KnownContact {
  Uuid id;
};
BOOST_DESCRIBE_STRUCT(KnownContact, (), (id))

/// Rows of a file by column, as the statement takes them.
struct ImportBatch {
  std::vector<Uuid> ids;
  std::vector<std::optional<Uuid>> contact_ids;
  std::vector<std::string> channels, directions, texts, normalized_texts;
  std::vector<std::optional<std::string>> raw_payloads;
  std::vector<std::string> statuses;
  std::vector<std::optional<std::string>> template_versions, persona_variants;
  std::vector<TimePoint> created_ats;
  std::vector<std::optional<std::string>> message_ids;
};

/// Every method is one statement and one round trip. An empty OneRow means: no such row for this user (and version).
class Store {
 public:
  virtual ~Store() = default;
  /// Up to limit_rows events strictly after `after`, newest first.
  virtual Task<Result<RowSet<EventRow>>> list_events(RequestContext& request, EventFilter filter, TimePosition after,
                                                     std::int64_t limit_rows) = 0;
  /// Up to limit_rows pending events strictly after `after`, oldest first.
  virtual Task<Result<RowSet<EventRow>>> list_pending(RequestContext& request, std::optional<Channel> channel,
                                                      TimePosition after, std::int64_t limit_rows) = 0;
  virtual Task<Result<OneRow<EventRow>>> get_event(RequestContext& request, Uuid event_id) = 0;
  /// Empty when the contact is neither the organisation's nor a lead of the user's, or the message came before.
  virtual Task<Result<OneRow<EventRow>>> create_event(RequestContext& request, Uuid id, NewEvent event,
                                                      std::string normalized_text) = 0;
  virtual Task<Result<OneRow<EventRow>>> find_message(RequestContext& request, Channel channel,
                                                      std::string platform_message_id) = 0;
  virtual Task<Result<OneRow<EventRow>>> set_status(RequestContext& request, Uuid event_id, Status status,
                                                    std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<OneRow<EventRow>>> set_suggested_reply(RequestContext& request, Uuid event_id,
                                                             RawJson suggested_reply,
                                                             std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<OneRow<SettingsRow>>> get_settings(RequestContext& request, std::optional<Uuid> contact_id) = 0;
  /// Empty as create_event().
  virtual Task<Result<OneRow<SettingsRow>>> put_settings(RequestContext& request, Uuid id, SettingsChange change) = 0;
  virtual Task<Result<OneRow<StatsRow>>> get_stats(RequestContext& request, TimePoint since) = 0;
  /// Those of `ids` that are contacts of the organisation or leads of the user.
  virtual Task<Result<RowSet<KnownContact>>> find_contacts(RequestContext& request, std::vector<Uuid> ids) = 0;
  /// All of the batch or none of it; the events it made: all but those of messages that came before.
  virtual Task<Result<std::vector<Uuid>>> import_events(RequestContext& request, ImportBatch batch) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::events
