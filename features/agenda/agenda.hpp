// What a salesperson's first screen asks for: what is to be followed up and with which words (rows of one user), and
// what happened lately (rows of the organisation). Nothing is written here: features/approvals sends and skips.
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
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::agenda {

using OptionalView = std::optional<std::string_view>;

/// An open follow-up with its lead, and how many there are beside it.
struct FollowupRow {
  Uuid id, user_id, lead_id;
  OptionalView flow;
  std::optional<std::int32_t> stage;
  OptionalView template_key;
  std::string_view channel, suggested_message;
  OptionalView reason;
  TimePoint due_at;
  std::string_view status, priority;
  OptionalView title, task_type, source;
  std::optional<TimePoint> snoozed_until, created_at;
  bool is_overdue = false;  // due before today
  std::string_view lead_name;
  OptionalView lead_status, temperature;
  std::optional<std::int16_t> temperature_score;
  std::optional<std::int32_t> score;
  OptionalView platform, email, phone, whatsapp, instagram, company, next_follow_up;
  std::int64_t due_total = 0, overdue_total = 0;  // of all pages; beyond 10,000 only that there are more
  TimePoint changes_at;                           // when the list changes by time alone
};
BOOST_DESCRIBE_STRUCT(FollowupRow, (),
                      (id, user_id, lead_id, flow, stage, template_key, channel, suggested_message, reason, due_at,
                       status, priority, title, task_type, source, snoozed_until, created_at, is_overdue, lead_name,
                       lead_status, temperature, temperature_score, score, platform, email, phone, whatsapp, instagram,
                       company, next_follow_up, due_total, overdue_total, changes_at))

/// Something suggested for a lead. In a list the only row has no id when there is none.
struct SuggestionRow {
  std::string_view lead_name;
  std::optional<Uuid> id;
  OptionalView flow;
  std::optional<std::int32_t> stage;
  OptionalView template_key, channel, suggested_message, reason;
  std::optional<TimePoint> due_at;
  OptionalView status, priority, title, task_type, source;
  std::optional<TimePoint> snoozed_until, sent_at, created_at;
};
BOOST_DESCRIBE_STRUCT(SuggestionRow, (),
                      (lead_name, id, flow, stage, template_key, channel, suggested_message, reason, due_at, status,
                       priority, title, task_type, source, snoozed_until, sent_at, created_at))

struct ActivityRow {
  Uuid id, org_id;
  std::optional<Uuid> contact_id;
  OptionalView contact_name;
  std::optional<Uuid> deal_id;
  OptionalView deal_title;
  std::optional<Uuid> user_id;
  std::string_view type;
  OptionalView direction, subject, content, content_html;
  RawJsonView metadata, attachments;
  TimePoint occurred_at;
  std::optional<TimePoint> created_at;
};
BOOST_DESCRIBE_STRUCT(ActivityRow, (),
                      (id, org_id, contact_id, contact_name, deal_id, deal_title, user_id, type, direction, subject,
                       content, content_html, metadata, attachments, occurred_at, created_at))

/// Which open follow-ups: those due until the end of today (what is overdue among them), or all.
enum class Due { today, any };
BOOST_DESCRIBE_ENUM(Due, today, any)
/// Which suggestions of a lead: those that wait, or what was sent and skipped, too.
enum class SuggestionStatus { open, all };
BOOST_DESCRIBE_ENUM(SuggestionStatus, open, all)

class Store;

inline constexpr std::int64_t page_rows_max = 200;

/// The use cases: each one statement, one round trip. Errors besides those named: malformed for another list's cursor;
/// unavailable, deadline_exceeded.
class Agenda {
 public:
  explicit Agenda(Store& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// The longest due first. `zone`: an IANA name, whose today it is. Errors: invalid_argument naming query.tz.
  Task<Result<Page<FollowupRow>>> list_followups(RequestContext& request, Due due, std::string zone, std::string cursor,
                                                 std::int64_t limit_rows);
  /// Newest first; `lead_name` tells the lead's name also when nothing was suggested. Errors: not_found.
  Task<Result<Page<SuggestionRow>>> list_suggestions(RequestContext& request, Uuid lead_id, SuggestionStatus status,
                                                     std::string cursor, std::int64_t limit_rows);
  /// Newest first; of one contact, when it is given.
  Task<Result<Page<ActivityRow>>> list_activities(RequestContext& request, std::optional<Uuid> contact_id,
                                                  std::string cursor, std::int64_t limit_rows);

 private:
  Store& store_;
  Clock clock_;
};

}  // namespace salesflow::agenda
