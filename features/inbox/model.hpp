// Rows and requests of the inbox. Text columns stay text on the way out: an adopted database may hold values that our
// enums do not know. Views point into the RowSet that holds the row.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/bounded.hpp"
#include "platform/core/cursor.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/time.hpp"

namespace salesflow::inbox {

enum class Platform { whatsapp, linkedin, instagram, facebook, email, sms };
BOOST_DESCRIBE_ENUM(Platform, whatsapp, linkedin, instagram, facebook, email, sms)
enum class Status {
  new_,
  dm_initiated_no_response,
  read_no_reply,
  replied,
  needs_human_attention,
  in_sequence,
  delay_requested,
  converted,
  archived,
  unsubscribed
};
BOOST_DESCRIBE_ENUM(Status, new_, dm_initiated_no_response, read_no_reply, replied, needs_human_attention, in_sequence,
                    delay_requested, converted, archived, unsubscribed)
enum class Sentiment { positive, neutral, negative, interested, hesitant };
BOOST_DESCRIBE_ENUM(Sentiment, positive, neutral, negative, interested, hesitant)
enum class Intent { question, interest, objection, delay, opt_out };
BOOST_DESCRIBE_ENUM(Intent, question, interest, objection, delay, opt_out)
enum class Direction { inbound, outbound };
BOOST_DESCRIBE_ENUM(Direction, inbound, outbound)
enum class Sort { priority, newest };
BOOST_DESCRIBE_ENUM(Sort, priority, newest)
enum class Tone { friendly, formal, casual };
BOOST_DESCRIBE_ENUM(Tone, friendly, formal, casual)

inline constexpr std::size_t message_length_max = 20'000;  // characters
inline constexpr std::int64_t badge_rows_max = 10'000;     // where a count that is not kept stops

/// One line of the inbox (view v_unified_inbox of contract 1.7).
struct InboxItem {
  Uuid id;
  Uuid user_id;
  std::optional<Uuid> contact_id;  // a lead's
  std::string_view platform;
  std::optional<std::string_view> platform_contact_handle;
  std::string_view status;
  std::int32_t current_sequence_phase = 0;
  std::optional<TimePoint> next_sequence_action_at;
  std::int32_t messages_sent = 0;
  std::int32_t messages_received = 0;
  std::optional<TimePoint> last_message_at;
  std::string_view overall_sentiment;
  std::int32_t priority_score = 0;
  std::optional<std::string_view> deep_link_url;
  TimePoint created_at;
  std::optional<std::string_view> last_message_preview;  // of at most 280 characters; of HTML what is shown of them
  bool preview_truncated = false;
  std::optional<std::string_view> last_message_direction;
  std::int32_t unread_count = 0;  // inbound after the last outbound message and the mark as read, up to 1,000
  std::optional<std::int32_t> days_since_last_contact;
  std::optional<std::string_view> contact_name;
  std::optional<std::string_view> contact_email;
  std::optional<double> contact_p_score;
};
BOOST_DESCRIBE_STRUCT(InboxItem, (),
                      (id, user_id, contact_id, platform, platform_contact_handle, status, current_sequence_phase,
                       next_sequence_action_at, messages_sent, messages_received, last_message_at, overall_sentiment,
                       priority_score, deep_link_url, created_at, last_message_preview, preview_truncated,
                       last_message_direction, unread_count, days_since_last_contact, contact_name, contact_email,
                       contact_p_score))

/// Stands in every row of a page, and alone (with the nil item) where the page is empty.
struct InboxTotals {
  std::int64_t total = 0;
  std::int64_t unread_total = 0;
  std::int64_t needs_attention_count = 0;
  bool attention_is_capped = false;
};
BOOST_DESCRIBE_STRUCT(InboxTotals, (), (total, unread_total, needs_attention_count, attention_is_capped))
struct InboxRow : InboxTotals, InboxItem {
  std::optional<TimePoint> changes_at;  // when the next conversation needs attention by time alone
};
BOOST_DESCRIBE_STRUCT(InboxRow, (InboxTotals, InboxItem), (changes_at))

struct ConversationRow {
  Uuid id;
  Uuid user_id;
  std::optional<Uuid> contact_id;
  std::string_view platform;
  std::optional<std::string_view> platform_conversation_id;
  std::optional<std::string_view> platform_contact_handle;
  std::string_view status = "new";
  std::int32_t current_sequence_phase = 0;
  std::optional<TimePoint> last_sequence_action_at;
  std::optional<TimePoint> next_sequence_action_at;
  bool sequence_paused = false;
  std::optional<TimePoint> pause_until;
  std::int32_t messages_sent = 0;
  std::int32_t messages_received = 0;
  std::optional<TimePoint> last_message_at;
  std::optional<TimePoint> last_inbound_at;
  std::optional<TimePoint> last_outbound_at;
  std::optional<double> avg_response_time_hours;
  std::optional<std::string_view> overall_sentiment;
  std::optional<std::string_view> detected_intent;
  std::int32_t priority_score = 0;
  std::optional<RawJsonView> platform_metadata;
  std::optional<std::string_view> deep_link_url;
  TimePoint created_at;
  TimePoint updated_at;
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(ConversationRow, (),
                      (id, user_id, contact_id, platform, platform_conversation_id, platform_contact_handle, status,
                       current_sequence_phase, last_sequence_action_at, next_sequence_action_at, sequence_paused,
                       pause_until, messages_sent, messages_received, last_message_at, last_inbound_at,
                       last_outbound_at, avg_response_time_hours, overall_sentiment, detected_intent, priority_score,
                       platform_metadata, deep_link_url, created_at, updated_at, row_version))

struct MessageRow {
  Uuid id;
  Uuid conversation_id;
  Uuid user_id;
  std::string_view direction;
  std::string_view content;
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> platform_message_id;
  std::optional<std::string_view> delivery_status;  // pending: a draft that waits for approval
  std::optional<TimePoint> read_at;
  bool is_ai_generated = false;
  std::optional<std::string_view> ai_template_used;
  std::optional<std::string_view> ai_persona_variant;
  std::optional<std::int32_t> sequence_phase;
  std::optional<std::string_view> sequence_message_type;
  std::optional<std::string_view> sentiment;
  bool contains_question = false;
  bool contains_objection = false;
  bool contains_interest_signal = false;
  std::optional<RawJsonView> detected_keywords;
  TimePoint sent_at;
  TimePoint created_at;
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(MessageRow, (),
                      (id, conversation_id, user_id, direction, content, content_type, platform_message_id,
                       delivery_status, read_at, is_ai_generated, ai_template_used, ai_persona_variant, sequence_phase,
                       sequence_message_type, sentiment, contains_question, contains_objection,
                       contains_interest_signal, detected_keywords, sent_at, created_at, row_version))

struct StartedRow {
  std::int32_t current_phase = 0;
  TimePoint next_action_at;
};
BOOST_DESCRIBE_STRUCT(StartedRow, (), (current_phase, next_action_at))

/// What advance_sequences (0308) did to one conversation.
struct AdvancedRow {
  Uuid conversation_id;
  std::string_view action;  // message_sent, draft_created, pause_ended, archived, failed
  std::optional<std::string_view> message_type;
};
BOOST_DESCRIBE_STRUCT(AdvancedRow, (), (conversation_id, action, message_type))

/// The hour in which most of a contact's messages came (UTC); no weekday without a message.
struct BestTimeRow {
  std::optional<std::int32_t> iso_weekday;  // 1 Monday … 7 Sunday
  std::optional<std::int32_t> hour;
  std::int64_t messages = 0;
};
BOOST_DESCRIBE_STRUCT(BestTimeRow, (), (iso_weekday, hour, messages))

struct ConnectionRow {
  std::string_view platform;
  bool is_connected = false;
  std::optional<std::string_view> account_name;
  std::optional<TimePoint> last_sync_at;
  bool has_errors = false;
};
BOOST_DESCRIBE_STRUCT(ConnectionRow, (), (platform, is_connected, account_name, last_sync_at, has_errors))

struct AnalyticsRow {
  std::int64_t total_conversations = 0;
  std::int64_t active_sequences = 0;
  std::int64_t needs_attention = 0;
  double response_rate = 0;            // per cent of those we wrote to that wrote to us
  double avg_response_time_hours = 0;  // of our answers in the days below
  double conversion_rate = 0;          // per cent of all
  RawJsonView by_platform;
  RawJsonView by_status;
  RawJsonView daily_messages_sent;  // thirty {date, count}, oldest first, today last
  RawJsonView daily_messages_received;
  RawJsonView daily_conversions;
};
BOOST_DESCRIBE_STRUCT(AnalyticsRow, (),
                      (total_conversations, active_sequences, needs_attention, response_rate, avg_response_time_hours,
                       conversion_rate, by_platform, by_status, daily_messages_sent, daily_messages_received,
                       daily_conversions))

/// A conversation's mark as read.
struct ReadRow {
  Uuid id;
  std::int32_t unread_count = 0;
  std::optional<TimePoint> read_at;  // of the newest inbound message that was read
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(ReadRow, (), (id, unread_count, read_at, row_version))

/// Of one instant. Open is what is neither archived nor unsubscribed; unanswered, steps_due, replies and tasks stop at
/// badge_rows_max + 1.
struct BadgesRow {
  TimePoint as_of;
  std::int64_t conversations = 0, open = 0;
  std::int64_t unread = 0, unread_messages = 0;  // of the open ones; up to 1,000 messages of each
  std::int64_t attention_at_once = 0;            // a human is asked for, or the other side has replied
  std::int64_t unanswered = 0, steps_due = 0;    // three days after a first message; a sequence's next step
  std::int64_t drafts = 0;                       // wait for approval
  std::int64_t replies = 0;                      // that the autopilot suggests
  std::int64_t tasks_due = 0, tasks_overdue = 0;
  RawJsonView by_status, by_platform;
  std::optional<TimePoint> changes_at;  // by time alone; now: not known
};
BOOST_DESCRIBE_STRUCT(BadgesRow, (),
                      (as_of, conversations, open, unread, unread_messages, attention_at_once, unanswered, steps_due,
                       drafts, replies, tasks_due, tasks_overdue, by_status, by_platform, changes_at))

/// Which tasks a badge counts, by when they are due.
struct BadgeLimits {
  TimePoint due_before, overdue_before;
  TimePoint valid_until = TimePoint::max();  // of these limits
};

/// What a draft is made from.
struct DraftContextRow {
  std::string_view status;
  std::string_view platform;
  std::optional<std::string_view> contact_name;
  std::optional<std::string_view> handle;
  std::int32_t current_sequence_phase = 0;
  std::optional<std::string_view> last_inbound;
  std::optional<std::string_view> last_outbound;
  std::optional<std::string_view> last_direction;
  std::int64_t messages = 0;  // up to ten
};
BOOST_DESCRIBE_STRUCT(DraftContextRow, (),
                      (status, platform, contact_name, handle, current_sequence_phase, last_inbound, last_outbound,
                       last_direction, messages))

/// Which conversations a list shows; empty means all.
struct InboxFilter {
  std::vector<Platform> platforms;  // without doubles
  std::vector<Status> statuses;     // without doubles
  bool needs_attention = false;
  std::string search;
  bool filters() const { return !platforms.empty() || !statuses.empty() || needs_attention || !search.empty(); }
};

/// Where the inbox goes on; at first, before everything.
struct InboxPosition {
  std::int32_t priority = 101;
  TimePoint last_message_at = time_infinity;
  Uuid id = highest_id;
};
BOOST_DESCRIBE_STRUCT(InboxPosition, (), (priority, last_message_at, id))

struct NewConversation {
  Platform platform{};
  std::optional<std::string> platform_conversation_id, platform_contact_handle;
  std::optional<Uuid> contact_id;
  std::optional<std::string> deep_link_url;
  std::optional<RawJson> platform_metadata;
};

/// A change of a conversation: absent members stay, null clears.
struct ConversationChange {
  Patch<Status> status;
  Patch<Uuid> contact_id;
  Patch<Sentiment> overall_sentiment;
  Patch<Ranged<std::int32_t, 0, 100>> priority_score;
  Patch<Ranged<std::int32_t, 0, 1000>> current_sequence_phase;
  Patch<TimePoint> next_sequence_action_at;
  Patch<bool> sequence_paused;
  Patch<TimePoint> pause_until;
  Patch<RawJson> platform_metadata;
};
BOOST_DESCRIBE_STRUCT(ConversationChange, (),
                      (status, contact_id, overall_sentiment, priority_score, current_sequence_phase,
                       next_sequence_action_at, sequence_paused, pause_until, platform_metadata))

struct NewMessage {
  Uuid conversation_id;
  Direction direction{};
  std::string content;
  std::optional<std::string> platform_message_id;
  bool is_ai_generated = false;
};

/// A rule-made proposal for the next message.
struct Draft {
  std::string text;
  std::optional<Intent> detected_intent;  // of the contact's newest message
  std::string suggested_next_action;
  double confidence = 0;  // how well a rule fits: 0.8 an intent, 0.5 a plain answer, 0.3 nothing to go by
};

struct DraftOptions {
  std::string context;
  Tone tone = Tone::friendly;
  std::size_t length_max = 500;  // characters
};

}  // namespace salesflow::inbox
