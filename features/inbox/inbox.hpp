// The unified inbox: conversations of all channels, their messages and sequences (contract 2.6). Answers Q5 of the
// strategy. Rows belong to one user; every call runs as that user. Nothing is sent to another service.
#pragma once

#include <optional>
#include <string>

#include "features/inbox/model.hpp"
#include "platform/core/page.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::inbox {

class Store;

inline constexpr std::int64_t page_limit_rows_max = 200;
inline constexpr int analytics_days = 30;

/// One page of the inbox, and the totals of the whole.
struct InboxPage : Page<InboxItem> {
  InboxTotals totals;
};

/// The use cases. Every call: one statement, one round trip, except where said. Errors besides those named:
/// unavailable, deadline_exceeded; not_found for what is not the caller's.
class Inbox {
 public:
  explicit Inbox(Store& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// Highest priority or newest first, conversations without a message last. Totals cover all that is open, whatever
  /// the filter, but `total`, which counts what the filter shows. Errors: malformed for another list's cursor;
  /// invalid_argument for an offset over 10,000, one together with a cursor, and one behind the last row.
  Task<Result<InboxPage>> list_inbox(RequestContext& request, InboxFilter filter, Sort sort, PageRequest paging);

  Task<Result<OneRow<ConversationRow>>> get_conversation(RequestContext& request, Uuid id);
  /// One with the same platform and platform_conversation_id is answered as it is; nothing is changed in it.
  /// Errors: not_found naming contact_id.
  Task<Result<OneRow<ConversationRow>>> create_conversation(RequestContext& request, NewConversation conversation);
  /// Cost: a second statement only to tell why no row was met.
  /// Errors: invalid_argument for an empty change, or null where there must be a value; not_found; precondition_failed.
  Task<Result<OneRow<ConversationRow>>> update_conversation(RequestContext& request, Uuid id, ConversationChange change,
                                                            std::optional<std::int64_t> row_version);
  /// `pause_days` goes with delay_requested alone; when they are over, the sequence goes on, or a human is asked for.
  /// Errors: as update_conversation.
  Task<Result<OneRow<ConversationRow>>> set_status(RequestContext& request, Uuid id, Status status,
                                                   std::optional<std::int64_t> pause_days,
                                                   std::optional<std::int64_t> row_version);

  /// Read up to its newest inbound message; answering says more and needs no mark. Twice is once.
  Task<Result<ReadRow>> mark_read(RequestContext& request, Uuid id);
  /// All that came after our last message is unread again. Twice is once.
  Task<Result<ReadRow>> mark_unread(RequestContext& request, Uuid id);
  /// Everything that a badge shows, for the caller. Tasks are those due before `today_ends_at`, 24:00 UTC when absent.
  Task<Result<OneRow<BadgesRow>>> read_badges(RequestContext& request, std::optional<TimePoint> today_ends_at);
  BadgeLimits badge_limits(std::optional<TimePoint> today_ends_at) const;
  Task<Result<OneRow<BadgesRow>>> read_badges_within(RequestContext& request, BadgeLimits limits);
  /// The same from single rows: what read_badges is held against. Cost: all conversations with their unread messages.
  Task<Result<OneRow<BadgesRow>>> recount_badges(RequestContext& request, BadgeLimits limits);

  /// Newest first, drafts among them.
  Task<Result<Page<MessageRow>>> list_messages(RequestContext& request, Uuid conversation_id, PageRequest paging);
  /// Stores the message with what analyse() makes of what is shown of it; an inbound one moves the conversation, and
  /// ends a sequence. One with platform_message_id that the conversation's platform delivered before is the message of
  /// then, and nothing else happens; of several at once one is first.
  Task<Result<OneRow<MessageRow>>> add_message(RequestContext& request, NewMessage message);
  /// Makes a message of a draft; its sequence goes on. Errors: not_found when it is none (any more).
  Task<Result<OneRow<MessageRow>>> approve_draft(RequestContext& request, Uuid conversation_id, Uuid message_id,
                                                 std::optional<std::string> content);
  Task<Result<void>> discard_draft(RequestContext& request, Uuid conversation_id, Uuid message_id);

  /// Starts anew where one is running. Cost: a second statement only to tell which of the two is missing.
  Task<Result<StartedRow>> start_sequence(RequestContext& request, Uuid conversation_id,
                                          std::optional<Uuid> template_id);
  Task<Result<RowSet<AdvancedRow>>> process_sequences(RequestContext& request, std::int64_t limit_rows);
  Task<Result<Draft>> generate_draft(RequestContext& request, Uuid conversation_id, DraftOptions options);

  Task<Result<BestTimeRow>> best_time(RequestContext& request, Uuid conversation_id);
  Task<Result<RowSet<ConnectionRow>>> list_connections(RequestContext& request);
  /// Today and the 29 days before it, in UTC.
  Task<Result<OneRow<AnalyticsRow>>> get_analytics(RequestContext& request);

 private:
  Task<Result<ReadRow>> set_read(RequestContext& request, Uuid id, bool is_read);
  /// Tells why a write met no row.
  Task<Error> explain_no_row(RequestContext& request, Uuid id, std::optional<std::int64_t> row_version);

  Store& store_;
  Clock clock_;
};

}  // namespace salesflow::inbox
