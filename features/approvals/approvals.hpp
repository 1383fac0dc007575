// The approval queue and the actions of the unified inbox (contract 2.12): drafts that wait for a person, follow-ups
// that are due, new leads. Answers "what shall go out, to whom, how?". Rows belong to one user.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/approvals/contact_rule.hpp"
#include "platform/core/bounded.hpp"
#include "platform/core/page.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::approvals {

/// What an item of the unified inbox is: a suggestion, a draft, or a lead without a first message.
enum class ItemKind { followup, approval, lead };
BOOST_DESCRIBE_ENUM(ItemKind, followup, approval, lead)
struct ItemId {
  ItemKind kind{};
  Uuid id;
};
/// Reads followup_<uuid>, approval_<uuid> or lead_<uuid>. Errors: malformed naming path.item_id.
Result<ItemId> parse_item_id(std::string_view text);

/// A draft with its lead and the queue's figures; a queue without drafts is one row without `id`.
struct QueueRow {
  std::int64_t pending = 0;
  std::int64_t sent_today = 0;
  std::optional<Uuid> id;
  std::optional<Uuid> task_id;
  std::optional<std::string_view> channel;
  std::optional<std::string_view> message;
  std::optional<std::string_view> status;
  std::optional<std::int32_t> priority;
  std::optional<TimePoint> approved_at;
  std::optional<std::string_view> ai_model;
  std::optional<std::string_view> similar_success_ids;
  std::optional<TimePoint> created_at;
  std::optional<TimePoint> updated_at;
  std::optional<std::int64_t> row_version;
  std::optional<Uuid> lead_id;
  std::optional<std::string_view> lead_name;
  std::optional<std::string_view> lead_status;
  std::optional<std::string_view> temperature;
  std::optional<std::int16_t> temperature_score;
  std::optional<std::int32_t> score;
  std::optional<std::string_view> platform;
  std::optional<std::string_view> email;
  std::optional<std::string_view> phone;
  std::optional<std::string_view> whatsapp;
  std::optional<std::string_view> instagram;
  std::optional<std::string_view> company;
  std::optional<std::string_view> next_follow_up;
};
BOOST_DESCRIBE_STRUCT(QueueRow, (),
                      (pending, sent_today, id, task_id, channel, message, status, priority, approved_at, ai_model,
                       similar_success_ids, created_at, updated_at, row_version, lead_id, lead_name, lead_status,
                       temperature, temperature_score, score, platform, email, phone, whatsapp, instagram, company,
                       next_follow_up))

struct StatsRow {
  std::int64_t pending = 0;     // both stop at 10,000
  std::int64_t sent_today = 0;  // approved since 00:00 UTC
};
BOOST_DESCRIBE_STRUCT(StatsRow, (), (pending, sent_today))

struct QueuePage : Page<QueueRow> {
  StatsRow stats;
};

/// Where the queue goes on: behind this draft.
struct QueuePosition {
  std::int32_t priority = 0;
  Uuid id;
};
BOOST_DESCRIBE_STRUCT(QueuePosition, (), (priority, id))

/// What went out, and how the lead is reached.
struct SentRow {
  std::optional<std::string_view> channel;
  std::optional<std::string_view> message;
  std::optional<Uuid> lead_id;
  std::optional<std::string_view> lead_name;
  std::optional<std::string_view> phone;
  std::optional<std::string_view> whatsapp;
  std::optional<std::string_view> email;
  std::optional<std::string_view> instagram;
  std::optional<std::string_view> facebook;
  std::optional<std::string_view> linkedin;
};
BOOST_DESCRIBE_STRUCT(SentRow, (),
                      (channel, message, lead_id, lead_name, phone, whatsapp, email, instagram, facebook, linkedin))

struct Sent {
  std::string channel;
  std::optional<std::string> lead_name;
  std::optional<std::string> deep_link;
};

/// The state of an item and of its lead.
struct ItemState {
  std::optional<std::string_view> status;
  std::optional<Uuid> lead_id;
  std::optional<std::string_view> lead_status;
  std::optional<std::string_view> contact_status;
  std::optional<TimePoint> awaiting_reply_since;
  std::optional<TimePoint> last_outreach_at;
  std::optional<TimePoint> last_inbound_at;
  std::optional<std::int32_t> contact_count;
  std::optional<bool> do_not_contact;

  ContactState contact() const {
    return {lead_status.value_or(""), contact_status,  awaiting_reply_since,
            last_outreach_at,         last_inbound_at, do_not_contact.value_or(false)};
  }
};
BOOST_DESCRIBE_STRUCT(ItemState, (),
                      (status, lead_id, lead_status, contact_status, awaiting_reply_since, last_outreach_at,
                       last_inbound_at, contact_count, do_not_contact))

/// How one item of a bulk ended.
struct BulkItem {
  std::string item_id;
  enum class Outcome { sent, failed, skipped } outcome{};
  std::string reason;  // of those that were not sent
};

class Store;

inline constexpr std::int64_t page_rows_max = 100;
inline constexpr std::size_t bulk_items_max = 100;

/// The use cases. Each action is one statement and so one transaction; of two at once one wins. Errors besides those
/// named: unavailable, deadline_exceeded.
class Approvals {
 public:
  explicit Approvals(Store& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// Highest priority first. Errors: malformed for another list's cursor.
  Task<Result<QueuePage>> list_pending(RequestContext& request, std::string cursor, std::int64_t limit_rows);
  Task<Result<StatsRow>> get_stats(RequestContext& request);
  /// A draft for each lead whose follow-up is due, at most fifty a call; how many.
  Task<Result<std::int64_t>> generate_drafts(RequestContext& request);

  /// Sends an item: a draft is approved, a suggestion followed by the next in 7 days, a new lead by one in 3 days.
  /// Errors: not_found; conflict when it was sent or skipped before.
  Task<Result<Sent>> send(RequestContext& request, ItemId item, std::optional<std::string> edited_message);
  /// With `snooze_days` the item rests: a suggestion until then, a lead or a draft's lead gets that follow-up.
  /// Errors: as send.
  Task<Result<void>> skip(RequestContext& request, ItemId item, std::optional<std::int64_t> snooze_days);
  /// Sends one after the other, each on its own; skips those that the rule of automatic sending holds back and those
  /// that were sent before. Errors: only of the database; an item's own stand in the answer.
  Task<Result<std::vector<BulkItem>>> send_all(RequestContext& request, std::vector<std::string> item_ids);
  /// Errors: not_found.
  Task<Result<OneRow<ItemState>>> get_lead(RequestContext& request, Uuid lead_id);

  TimePoint now() const { return clock_(); }

 private:
  /// Tells why an action met no row.
  Task<Error> explain_no_row(RequestContext& request, ItemId item);
  Task<Result<BulkItem>> send_unasked(RequestContext& request, std::string item_id);

  Store& store_;
  Clock clock_;
};

}  // namespace salesflow::approvals
