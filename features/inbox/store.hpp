// Where conversations are kept. One implementation over PostgreSQL (store_pg.cpp), one in memory in the tests.
#pragma once

#include <memory>

#include "features/inbox/analysis.hpp"
#include "features/inbox/model.hpp"
#include "platform/core/page.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::inbox {

/// Every method is one round trip and one statement, except where said. An empty OneRow means: no such row for this
/// user (and version).
class Store {
 public:
  virtual ~Store() = default;
  /// At least one row, for the totals.
  virtual Task<Result<RowSet<InboxRow>>> list_inbox(RequestContext& request, InboxFilter filter, Sort sort,
                                                    InboxPosition after, PageRequest paging) = 0;
  virtual Task<Result<OneRow<ConversationRow>>> get_conversation(RequestContext& request, Uuid id) = 0;
  /// Empty when the lead is not the user's. With a platform_conversation_id: two statements in the one round trip.
  virtual Task<Result<OneRow<ConversationRow>>> create_conversation(RequestContext& request, Uuid id,
                                                                    NewConversation conversation) = 0;
  /// Empty also when the lead is not the user's.
  virtual Task<Result<OneRow<ConversationRow>>> update_conversation(RequestContext& request, Uuid id,
                                                                    ConversationChange change,
                                                                    std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<OneRow<ConversationRow>>> set_status(RequestContext& request, Uuid id, Status status,
                                                           std::optional<TimePoint> pause_until,
                                                           std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<OneRow<ReadRow>>> set_read(RequestContext& request, Uuid id, bool is_read) = 0;
  virtual Task<Result<OneRow<BadgesRow>>> read_badges(RequestContext& request, TimePoint due_before,
                                                      TimePoint overdue_before) = 0;
  /// No row: no such conversation. One row with the nil id: no message here.
  virtual Task<Result<RowSet<MessageRow>>> list_messages(RequestContext& request, Uuid conversation_id,
                                                         TimePosition before, PageRequest paging) = 0;
  /// The message of a platform_message_id that came before, as it is. No row: no such conversation.
  virtual Task<Result<OneRow<MessageRow>>> add_message(RequestContext& request, Uuid id, NewMessage message,
                                                       Analysis analysis) = 0;
  virtual Task<Result<OneRow<MessageRow>>> approve_draft(RequestContext& request, Uuid conversation_id, Uuid message_id,
                                                         std::optional<std::string> content) = 0;
  virtual Task<Result<OneRow<Uuid>>> discard_draft(RequestContext& request, Uuid conversation_id, Uuid message_id) = 0;
  virtual Task<Result<OneRow<StartedRow>>> start_sequence(RequestContext& request, Uuid conversation_id,
                                                          std::optional<Uuid> template_id) = 0;
  virtual Task<Result<RowSet<AdvancedRow>>> process_sequences(RequestContext& request, std::int64_t limit_rows) = 0;
  /// Of all users, as salesflow_worker; how many conversations moved on, due_sequences_at_once at most.
  virtual Task<Result<std::int64_t>> process_due_sequences(RequestContext& request) = 0;
  static constexpr std::int64_t due_sequences_at_once = 50;  // as in process_due_sequences.sql
  virtual Task<Result<OneRow<BestTimeRow>>> best_time(RequestContext& request, Uuid conversation_id) = 0;
  virtual Task<Result<RowSet<ConnectionRow>>> list_connections(RequestContext& request) = 0;
  virtual Task<Result<OneRow<AnalyticsRow>>> get_analytics(RequestContext& request, TimePoint since) = 0;
  virtual Task<Result<OneRow<DraftContextRow>>> get_draft_context(RequestContext& request, Uuid conversation_id) = 0;
  /// As read_badges, from single rows.
  virtual Task<Result<OneRow<BadgesRow>>> recount_badges(RequestContext& request, BadgeLimits limits) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::inbox
