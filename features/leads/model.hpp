// What leads look like: rows as stored and sent, filters, orders, places in a list.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/bounded.hpp"
#include "platform/core/cursor.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"

namespace salesflow::leads {

/// One lead as it is sent (contract 1.2). status is lower case; temperature is hot, warm or cold, temperature_score
/// the number behind it; tags is an array whatever it is stored as. Views point into the RowSet that holds the row.
struct LeadRow {
  Uuid id;
  Uuid user_id;
  std::string_view name = "Unbekannt";
  std::optional<std::string_view> first_name, last_name, email, phone, company, platform;
  std::string_view status;
  std::string_view temperature;
  std::optional<std::int16_t> temperature_score;
  std::optional<std::int32_t> score;
  RawJsonView tags{"[]"};
  std::optional<std::string_view> last_message, notes;
  std::optional<std::string_view> next_follow_up;  // a day; what an adopted text column holds goes out as it is
  std::optional<std::string_view> follow_up_reason;
  std::optional<double> p_score;
  std::optional<std::string_view> p_score_trend;
  std::optional<TimePoint> last_scored_at, customer_since;
  std::optional<RawJsonView> customer_value;  // an exact number
  std::optional<std::string_view> customer_type;
  std::optional<std::int32_t> orders_count;
  std::optional<TimePoint> last_order_at;
  std::optional<std::string_view> lost_reason, whatsapp, instagram, instagram_handle, instagram_url, facebook, linkedin;
  std::optional<TimePoint> last_contact, last_outreach_at;
  std::optional<std::string_view> source, source_channel, next_action;
  std::optional<TimePoint> next_action_at;
  std::optional<bool> needs_action, do_not_contact;
  std::optional<std::string_view> preferred_channel, vertical, position;
  std::optional<TimePoint> archived_at;
  std::optional<RawJsonView> bant_score;  // a number, whole or not as the column was found; nothing here writes it
  std::optional<TimePoint> last_contacted, created_at, updated_at;
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(LeadRow, (),
                      (id, user_id, name, first_name, last_name, email, phone, company, platform, status, temperature,
                       temperature_score, score, tags, last_message, notes, next_follow_up, follow_up_reason, p_score,
                       p_score_trend, last_scored_at, customer_since, customer_value, customer_type, orders_count,
                       last_order_at, lost_reason, whatsapp, instagram, instagram_handle, instagram_url, facebook,
                       linkedin, last_contact, last_outreach_at, source, source_channel, next_action, next_action_at,
                       needs_action, do_not_contact, preferred_channel, vertical, position, archived_at, bant_score,
                       last_contacted, created_at, updated_at, row_version))

/// A lead in a list, with what the next page begins at and how many leads there are (when that was asked for).
struct ListedLead : LeadRow {
  std::optional<std::string_view> name_key;
  std::optional<Date> next_follow_up_key;
  std::optional<TimePoint> customer_key;
  std::optional<std::int16_t> p_score_key;
  std::optional<std::int64_t> total;
};
BOOST_DESCRIBE_STRUCT(ListedLead, (LeadRow), (name_key, next_follow_up_key, customer_key, p_score_key, total))

struct CreatedLead : LeadRow {
  bool was_created = false;
};
BOOST_DESCRIBE_STRUCT(CreatedLead, (LeadRow), (was_created))

struct DuplicateLead : LeadRow {
  std::string_view matched_by;  // email, phone, instagram or name
};
BOOST_DESCRIBE_STRUCT(DuplicateLead, (LeadRow), (matched_by))

/// By what a new lead is compared with those there are, in this order; what is absent is not compared. A lead with the
/// same key of one kind is no match when a stronger one contradicts, and by name when the companies differ.
struct MatchKeys {
  std::optional<std::string> email, phone, instagram, name, company;
  bool has_any() const { return email || phone || instagram || name; }
};

/// Something said to a lead. In a list the only row has no id when there is none.
struct InteractionRow {
  std::optional<Uuid> id, user_id;
  Uuid lead_id;
  std::optional<std::string_view> interaction_type, channel, summary;
  std::optional<RawJsonView> details;
  std::optional<std::string_view> outcome;
  std::optional<std::int32_t> duration_seconds;
  std::optional<std::string_view> logged_by, source;
  std::optional<TimePoint> interaction_at, created_at, updated_at;
  std::optional<std::int64_t> row_version;
};
BOOST_DESCRIBE_STRUCT(InteractionRow, (),
                      (id, user_id, lead_id, interaction_type, channel, summary, details, outcome, duration_seconds,
                       logged_by, source, interaction_at, created_at, updated_at, row_version))

struct VerificationRow {
  Uuid id, user_id, lead_id;
  double v_score = 0;
  std::int16_t v_score_key = 0;  // v_score x 100
  std::optional<TimePoint> v_score_updated_at;
  std::optional<bool> email_valid;
  std::optional<double> email_score;
  std::optional<bool> phone_valid;
  std::optional<double> phone_score, domain_score, social_score, behavioral_score;
  bool is_duplicate = false;
  TimePoint created_at, updated_at;
  std::optional<std::string_view> lead_name;
};
BOOST_DESCRIBE_STRUCT(VerificationRow, (),
                      (id, user_id, lead_id, v_score, v_score_key, v_score_updated_at, email_valid, email_score,
                       phone_valid, phone_score, domain_score, social_score, behavioral_score, is_duplicate, created_at,
                       updated_at, lead_name))

struct GroupRow {
  std::string_view status;
  std::int64_t count = 0;
  RawJsonView total_value{"0"};  // the sum of customer_value, exact
};
BOOST_DESCRIBE_STRUCT(GroupRow, (), (status, count, total_value))

/// A group, and the sums of all groups beside it.
struct CountedGroup : GroupRow {
  std::int64_t all_count = 0;
  RawJsonView all_value{"0"};
};
BOOST_DESCRIBE_STRUCT(CountedGroup, (GroupRow), (all_count, all_value))

/// What message-sent did to the lead.
struct ContactedRow {
  Uuid id;
  std::string_view name = "Unbekannt";
  std::string_view status = "new";
};
BOOST_DESCRIBE_STRUCT(ContactedRow, (), (id, name, status))

struct LoggedRow {
  Uuid interaction_id;
  std::optional<Uuid> suggestion_id;  // absent: one waits already
};
BOOST_DESCRIBE_STRUCT(LoggedRow, (), (interaction_id, suggestion_id))

/// Orders of a list. p_score: leads without one come last either way; follow_up: those without one count as the last
/// day there is; customers: the latest first, those of whom that is not known last.
enum class ListOrder {
  created_desc,
  created_asc,
  updated_desc,
  updated_asc,
  name_desc,
  name_asc,
  follow_up_desc,
  follow_up_asc,
  p_score_desc,
  p_score_asc,
  customers,
};
BOOST_DESCRIBE_ENUM(ListOrder, created_desc, created_asc, updated_desc, updated_asc, name_desc, name_asc,
                    follow_up_desc, follow_up_asc, p_score_desc, p_score_asc, customers)

/// Which leads a list shows; absent means all.
struct LeadFilter {
  std::optional<std::string> status;  // lower case
  bool hot = false;                   // score of 80 or more
  std::optional<Date> due_from, due_until;
  std::optional<TimePoint> created_since, customer_since;

  int count() const {
    return status.has_value() + hot + due_until.has_value() + created_since.has_value() + customer_since.has_value();
  }
};

/// Where a list goes on: the keys of the row before. Which of them count depends on the order.
struct ListPosition {
  TimePoint at;  // created_at or updated_at
  TimePoint customer_key = time_infinity;
  TextKey name_key;  // at most 201 letters, as the database derives it
  Date next_follow_up;
  std::int16_t p_score_key = 0;  // without a score: unscored_key
  Uuid id;
};
BOOST_DESCRIBE_STRUCT(ListPosition, (), (at, customer_key, name_key, next_follow_up, p_score_key, id))

/// Where the list of verifications goes on.
struct VerificationPosition {
  std::int16_t v_score_key = 32767;  // above all scores
  Uuid lead_id = highest_id;
  Uuid id = highest_id;
};
BOOST_DESCRIBE_STRUCT(VerificationPosition, (), (v_score_key, lead_id, id))

/// Before the first row of a list.
ListPosition start_of(ListOrder order);
/// The p_score_key that leads without a score have in a list by p_score: behind all others.
constexpr std::int16_t unscored_key(ListOrder order) {
  return order == ListOrder::p_score_desc ? -1 : 32767;
}

}  // namespace salesflow::leads
