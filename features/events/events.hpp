// Message events: what came in and went out over a user's channels, and what the autopilot makes of it.
// Answers Q1 (list) and Q2 (pending queue) of the strategy. Rows belong to one user; every call runs as that user.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/bounded.hpp"
#include "platform/core/page.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::events {

enum class Channel { email, whatsapp, instagram, linkedin, facebook, internal };
BOOST_DESCRIBE_ENUM(Channel, email, whatsapp, instagram, linkedin, facebook, internal)
enum class Direction { inbound, outbound };
BOOST_DESCRIBE_ENUM(Direction, inbound, outbound)
enum class Status { pending, suggested, approved, sent, skipped };
BOOST_DESCRIBE_ENUM(Status, pending, suggested, approved, sent, skipped)
enum class Mode { off, assist, one_click, auto_ };
BOOST_DESCRIBE_ENUM(Mode, off, assist, one_click, auto_)

/// One event as stored and as sent (contract 2.2 plus row_version). Text columns stay text on the way out: an adopted
/// database may hold values that our enums do not know. Views point into the RowSet that holds the row.
struct EventRow {
  Uuid id;
  Uuid user_id;
  std::optional<Uuid> contact_id;
  std::string_view channel;
  std::string_view direction;
  std::string_view text;  // as posted; rows from before this column: normalized_text
  std::string_view normalized_text;
  std::optional<RawJsonView> raw_payload;
  std::optional<RawJsonView> suggested_reply;  // has both text and message
  std::string_view autopilot_status = "pending";
  std::optional<std::string_view> template_version;
  std::optional<std::string_view> persona_variant;
  TimePoint created_at;
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(EventRow, (),
                      (id, user_id, contact_id, channel, direction, text, normalized_text, raw_payload, suggested_reply,
                       autopilot_status, template_version, persona_variant, created_at, row_version))

/// Which events a list shows; absent means all.
struct EventFilter {
  std::optional<Status> status;
  std::optional<Uuid> contact_id;
  std::optional<Channel> channel;
  std::optional<Direction> direction;
};

using EventPage = Page<EventRow>;

/// A new event as the use case stores it.
struct NewEvent {
  Channel channel{};
  Direction direction{};
  std::string text;
  std::optional<Uuid> contact_id;
  std::optional<RawJson> raw_payload;
  std::optional<std::string> template_version;
  std::optional<std::string> persona_variant;
  std::optional<std::string> platform_message_id = {};  // by which its channel knows it; such a message is one event
  std::optional<Uuid> id = {};                          // of the event, when somebody has to know it before
};

/// Autopilot settings; the default (mode off, email, 10 a day, confidence 90) when the user stored none.
struct SettingsRow {
  std::optional<Uuid> id;
  std::optional<Uuid> contact_id;
  std::string_view mode = "off";
  RawJsonView channels{"[\"email\"]"};
  std::int32_t max_auto_replies_per_day = 10;
  std::int32_t min_confidence = 90;
  bool is_active = true;
  std::optional<TimePoint> created_at;
  std::optional<TimePoint> updated_at;
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(SettingsRow, (),
                      (id, contact_id, mode, channels, max_auto_replies_per_day, min_confidence, is_active, created_at,
                       updated_at, row_version))

/// A change of settings; absent members keep what is stored.
struct SettingsChange {
  std::optional<Uuid> contact_id;
  std::optional<Mode> mode;
  std::optional<std::vector<Channel>> channels;
  std::optional<Ranged<std::int32_t, 0, 1000>> max_auto_replies_per_day;
  std::optional<Ranged<std::int32_t, 0, 100>> min_confidence;
  std::optional<bool> is_active;
};
BOOST_DESCRIBE_STRUCT(SettingsChange, (),
                      (contact_id, mode, channels, max_auto_replies_per_day, min_confidence, is_active))

/// Both counts stop at 10,000.
struct StatsRow {
  std::int64_t auto_sent_today = 0;  // outbound events with status sent, created since 00:00 UTC
  std::int64_t pending_review = 0;   // events with status suggested
};
BOOST_DESCRIBE_STRUCT(StatsRow, (), (auto_sent_today, pending_review))

class Store;

inline constexpr std::int64_t page_limit_rows_max = 200;

/// The use cases. Every call: one statement, one round trip, except where said. Errors besides those named:
/// unavailable, deadline_exceeded.
class Events {
 public:
  explicit Events(Store& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// Newest first. `cursor` is a next_cursor of the same filter and user, empty for the first page.
  /// Errors: malformed for another list's cursor; invalid_argument for limit_rows outside 1..200.
  Task<Result<EventPage>> list_events(RequestContext& request, EventFilter filter, std::string cursor,
                                      std::int64_t limit_rows);
  /// Events that wait for the autopilot, oldest first; all channels when none is named.
  Task<Result<EventPage>> list_pending(RequestContext& request, std::optional<Channel> channel, std::string cursor,
                                       std::int64_t limit_rows);
  /// Errors: not_found, also for another user's event.
  Task<Result<OneRow<EventRow>>> get_event(RequestContext& request, Uuid event_id);
  /// Normalises the text and stores the event with status pending. A message that came before is the event that was
  /// made then, as it is now, and nothing is stored; of several at once one is first. Cost: a second statement only
  /// then and for a refused contact. Errors: invalid_argument for an empty text; not_found for a contact that is
  /// neither the organisation's nor a lead of the user's; conflict for a message whose event was deleted.
  Task<Result<OneRow<EventRow>>> create_event(RequestContext& request, NewEvent event);
  /// `row_version`, when given, must be the current one. Cost: a second statement only to tell 404 from 412.
  /// Errors: not_found; precondition_failed when somebody else was faster.
  Task<Result<OneRow<EventRow>>> set_status(RequestContext& request, Uuid event_id, Status status,
                                            std::optional<std::int64_t> row_version);
  /// Stores a suggestion (a JSON object with text, message or both); a pending event becomes suggested.
  /// Errors: as set_status; invalid_argument when there is neither text nor message.
  Task<Result<OneRow<EventRow>>> set_suggested_reply(RequestContext& request, Uuid event_id, RawJson suggested_reply,
                                                     std::optional<std::int64_t> row_version);
  /// The settings of a contact, else the user's, else the default.
  Task<Result<OneRow<SettingsRow>>> get_settings(RequestContext& request, std::optional<Uuid> contact_id);
  /// Errors: not_found for a contact as in create_event().
  Task<Result<OneRow<SettingsRow>>> put_settings(RequestContext& request, SettingsChange change);
  Task<Result<StatsRow>> get_stats(RequestContext& request);

 private:
  /// Tells why a conditional write met no row.
  Task<Error> explain_no_row(RequestContext& request, Uuid event_id, bool conditional);

  Store& store_;
  Clock clock_;
};

/// Text for search and scoring: of HTML what is shown of it (platform/text/html_text.hpp), then runs of white space
/// (Unicode's) folded to one space and trimmed. Never empty for a non-empty text: if only tags were there, they stay;
/// if only white space, it stays.
std::string normalize_text(std::string_view text);

}  // namespace salesflow::events
