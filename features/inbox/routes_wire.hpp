// What the inbox's routes take and answer.
#pragma once

#include "features/inbox/inbox.hpp"
#include "platform/http/toolkit/paging.hpp"
#include "platform/http/toolkit/response.hpp"
#include "platform/json/write.hpp"

namespace salesflow::inbox {

struct InboxQuery {
  std::string platforms;  // comma separated
  std::string statuses;   // comma separated
  bool needs_attention = false;
  Text<0, 200> search;
  Sort sort = Sort::priority;
  Ranged<std::int64_t, 1, page_limit_rows_max> limit = 50;
  std::int64_t offset = 0;
  std::string cursor;
  CountMode count = CountMode::capped;
};
BOOST_DESCRIBE_STRUCT(InboxQuery, (),
                      (platforms, statuses, needs_attention, search, sort, limit, offset, cursor, count))

struct MessagesQuery {
  Ranged<std::int64_t, 1, page_limit_rows_max> limit = 50;
  std::int64_t offset = 0;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(MessagesQuery, (), (limit, offset, cursor))

struct ConversationStatusQuery {
  std::optional<Status> new_status;  // required
  std::optional<Ranged<std::int64_t, 1, 3650>> pause_days;
};
BOOST_DESCRIBE_STRUCT(ConversationStatusQuery, (), (new_status, pause_days))

struct ReceiveQuery {
  std::optional<Uuid> conversation_id;  // required
  Text<0, message_length_max> content;  // required
  std::optional<Text<0, 500>> platform_message_id;
};
BOOST_DESCRIBE_STRUCT(ReceiveQuery, (), (conversation_id, content, platform_message_id))

struct ProcessQuery {
  Ranged<std::int64_t, 1, 100> limit = 20;
};
BOOST_DESCRIBE_STRUCT(ProcessQuery, (), (limit))

struct ConversationBody {
  Platform platform{};
  std::optional<Text<1, 500>> platform_conversation_id;
  std::optional<Text<0, 300>> platform_contact_handle;
  std::optional<Uuid> contact_id;
  std::optional<Text<0, 2000>> deep_link_url;
  std::optional<RawJson> platform_metadata;
};
BOOST_DESCRIBE_STRUCT(ConversationBody, (),
                      (platform, platform_conversation_id, platform_contact_handle, contact_id, deep_link_url,
                       platform_metadata))

struct MessageBody {
  std::optional<Uuid> conversation_id;  // when it comes, the path's
  Text<1, message_length_max> content;
  std::optional<bool> is_ai_generated;
  std::optional<std::string> schedule_at;  // as ever: ignored
};
BOOST_DESCRIBE_STRUCT(MessageBody, (), (conversation_id, content, is_ai_generated, schedule_at))

struct ApproveDraftBody {
  std::optional<Text<1, message_length_max>> content;  // absent: as drafted
};
BOOST_DESCRIBE_STRUCT(ApproveDraftBody, (), (content))

struct StartSequenceBody {
  std::optional<Uuid> conversation_id;
  std::optional<Uuid> template_id;
};
BOOST_DESCRIBE_STRUCT(StartSequenceBody, (), (conversation_id, template_id))

struct GenerateDraftBody {
  std::optional<Uuid> conversation_id;
  std::optional<Text<0, 2000>> context;  // stands behind the draft's own words
  std::optional<Tone> tone;
  std::optional<Ranged<std::int64_t, 50, 2000>> max_length;
};
BOOST_DESCRIBE_STRUCT(GenerateDraftBody, (), (conversation_id, context, tone, max_length))

struct InboxAnswer {
  bool success = true;
  std::vector<InboxItem> items;
  std::optional<std::int64_t> total_count;  // null with count=none
  bool total_is_capped = false;
  std::int64_t unread_total = 0;
  bool unread_total_is_capped = false;  // never: it is kept
  std::int64_t needs_attention_count = 0;
  bool needs_attention_count_is_capped = false;
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(InboxAnswer, (),
                      (success, items, total_count, total_is_capped, unread_total, unread_total_is_capped,
                       needs_attention_count, needs_attention_count_is_capped, has_more, next_cursor))

struct ConversationAnswer {
  bool success = true;
  ConversationRow conversation;
};
BOOST_DESCRIBE_STRUCT(ConversationAnswer, (), (success, conversation))

struct ConversationStatusAnswer {
  bool success = true;
  Uuid conversation_id;
  std::string_view new_status;
  std::optional<TimePoint> pause_until;
};
BOOST_DESCRIBE_STRUCT(ConversationStatusAnswer, (), (success, conversation_id, new_status, pause_until))

struct MessagesAnswer {
  bool success = true;
  RowSet<MessageRow> messages;
  std::size_t count = 0;
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(MessagesAnswer, (), (success, messages, count, has_more, next_cursor))

struct MessageAnswer {
  bool success = true;
  MessageRow message;
};
BOOST_DESCRIBE_STRUCT(MessageAnswer, (), (success, message))

struct StartSequenceAnswer {
  bool success = true;
  Uuid conversation_id;
  bool sequence_started = true;
  std::int32_t current_phase = 0;
  TimePoint next_action_at;
};
BOOST_DESCRIBE_STRUCT(StartSequenceAnswer, (),
                      (success, conversation_id, sequence_started, current_phase, next_action_at))

struct ProcessSummary {
  std::size_t processed = 0;  // message_sent, draft_created, archived
  std::size_t skipped = 0;    // pause_ended: nothing to write yet
  std::size_t errors = 0;     // failed: a human is asked for
  RowSet<AdvancedRow> details;
};
BOOST_DESCRIBE_STRUCT(ProcessSummary, (), (processed, skipped, errors, details))
struct ProcessSequencesAnswer {
  bool success = true;
  ProcessSummary summary;
};
BOOST_DESCRIBE_STRUCT(ProcessSequencesAnswer, (), (success, summary))

struct DraftAnswer {
  bool success = true;
  std::string draft_text;
  std::optional<Intent> detected_intent;
  std::string suggested_next_action;
  double confidence = 0;
};
BOOST_DESCRIBE_STRUCT(DraftAnswer, (), (success, draft_text, detected_intent, suggested_next_action, confidence))

struct BestTimeAnswer {
  bool success = true;
  Uuid conversation_id;
  std::string best_time_to_contact;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(BestTimeAnswer, (), (success, conversation_id, best_time_to_contact, note))

struct ConnectionsAnswer {
  bool success = true;
  RowSet<ConnectionRow> connections;
};
BOOST_DESCRIBE_STRUCT(ConnectionsAnswer, (), (success, connections))

struct ReadAnswer {
  bool success = true;
  Uuid conversation_id;
  std::int32_t unread_count = 0;
  std::optional<TimePoint> read_at;
};
BOOST_DESCRIBE_STRUCT(ReadAnswer, (), (success, conversation_id, unread_count, read_at))

struct BadgesQuery {
  std::optional<TimePoint> today_ends_at;
};
BOOST_DESCRIBE_STRUCT(BadgesQuery, (), (today_ends_at))

/// Exact up to badge_rows_max; `capped` when there are more.
struct CappedCount {
  std::int64_t count = 0;
  bool capped = false;
};
BOOST_DESCRIBE_STRUCT(CappedCount, (), (count, capped))

struct BadgeConversations {
  std::int64_t total = 0;
  std::int64_t open = 0;    // neither archived nor unsubscribed
  std::int64_t unread = 0;  // open ones with something unread
  std::int64_t unread_messages = 0;
};
BOOST_DESCRIBE_STRUCT(BadgeConversations, (), (total, open, unread, unread_messages))

struct BadgeAttention {
  std::int64_t count = 0;    // all of the below
  bool capped = false;       // when one of the below is
  std::int64_t at_once = 0;  // a human is asked for, or the other side has replied
  CappedCount unanswered;    // for three days after the first message
  CappedCount steps_due;     // of sequences
};
BOOST_DESCRIBE_STRUCT(BadgeAttention, (), (count, capped, at_once, unanswered, steps_due))

struct BadgePending {
  std::int64_t drafts = 0;  // /api/inbox/pending
  CappedCount replies;      // that the autopilot suggests
};
BOOST_DESCRIBE_STRUCT(BadgePending, (), (drafts, replies))

struct BadgeTasks {
  CappedCount due;      // today and before
  CappedCount overdue;  // before now
};
BOOST_DESCRIBE_STRUCT(BadgeTasks, (), (due, overdue))

struct BadgesAnswer {
  TimePoint as_of;
  std::string_view source = "live";
  BadgeConversations conversations;
  BadgeAttention needs_attention;
  BadgePending pending;
  BadgeTasks tasks;
  RawJsonView by_status;    // by status: conversations, unread, unread_messages
  RawJsonView by_platform;  // by channel: open, unread, unread_messages
};
BOOST_DESCRIBE_STRUCT(BadgesAnswer, (),
                      (as_of, source, conversations, needs_attention, pending, tasks, by_status, by_platform))

struct InboxHealthAnswer {
  bool success = true;
  std::string_view status = "healthy";
  std::string_view service = "idps";
};
BOOST_DESCRIBE_STRUCT(InboxHealthAnswer, (), (success, status, service))

template <class Length>
std::optional<std::string> plain(std::optional<Length>& text) {
  return text ? std::optional(std::move(text->value)) : std::nullopt;
}

/// Some clients name the conversation in the body as well.
inline Result<void> check_same(const std::optional<Uuid>& in_body, const Uuid& in_path) {
  if (in_body && *in_body != in_path)
    return fail(Errc::invalid_argument, "conversation_id is not the path's", "conversation_id");
  return {};
}

inline http::Response message_response(const OneRow<MessageRow>& found) {
  return http::json_response(json::to_json(MessageAnswer{true, *found}, 900 + found->content.size()));
}

}  // namespace salesflow::inbox
