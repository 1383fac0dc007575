#include "features/inbox/inbox.hpp"

#include <algorithm>

#include "features/inbox/draft.hpp"
#include "features/inbox/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/cursor.hpp"
#include "platform/core/enums.hpp"
#include "platform/core/keyset.hpp"
#include "platform/core/page_end.hpp"
#include "platform/core/patch.hpp"

namespace salesflow::inbox {
namespace {

constexpr std::int64_t offset_rows_max = 10'000;

Error no_conversation() {
  return fail(Errc::not_found, "There is no such conversation", "conversation_id");
}
Error no_draft() {
  return fail(Errc::not_found, "There is no such draft: it was sent or discarded, or never was one", "message_id");
}

Result<void> check_page(std::int64_t limit_rows, std::int64_t offset_rows, bool has_cursor) {
  if (limit_rows < 1 || limit_rows > page_limit_rows_max)
    return fail(Errc::invalid_argument, "limit must be from 1 to 200", "query.limit");
  if (offset_rows < 0 || offset_rows > offset_rows_max)
    return fail(Errc::invalid_argument, "offset must be from 0 to 10000; use cursor to go further", "query.offset");
  if (has_cursor && offset_rows > 0)
    return fail(Errc::invalid_argument, "offset and cursor exclude each other", "query.offset");
  return {};
}

Error page_behind_end(std::int64_t offset_rows) {
  return fail(Errc::invalid_argument, "offset " + std::to_string(offset_rows) + " is behind the last row",
              "query.offset");
}

/// What a cursor belongs to: list, sort, filters, user.
std::string scope_of(const RequestContext& request, const InboxFilter& filter, Sort sort) {
  std::string scope = "inbox.list_inbox|" + std::string(enum_name(sort)) + "|";
  for (const Platform platform : filter.platforms)
    scope += std::string(enum_name(platform)) + ",";
  scope += '|';
  for (const Status status : filter.statuses)
    scope += std::string(enum_name(status)) + ",";
  scope += filter.needs_attention ? "|a|" : "|-|";
  return scope + filter.search + '|' + request.identity.user_id.to_string();
}

Result<void> read_position(std::string_view cursor, std::string_view scope, InboxPosition& position) {
  if (cursor.empty()) {
    position.id = cursor_before_newest.id;
    return {};
  }
  const auto keys = decode_keyset(cursor, 3, scope);
  if (!keys)
    return keys.error();
  const auto priority = key_number(keys->at(0), -1000, 1000);
  const auto last_message_at = key_time(keys->at(1));
  const auto id = key_id(keys->at(2));
  if (!priority)
    return priority.error();
  if (!last_message_at)
    return last_message_at.error();
  if (!id)
    return id.error();
  position.priority = static_cast<std::int32_t>(*priority);
  position.last_message_at = *last_message_at;
  position.id = *id;
  return {};
}

/// All that needs a person or has a reply needs attention: the filter adds nothing, and an index knows the status.
bool attention_is_implied(const InboxFilter& filter) {
  return !filter.statuses.empty() && std::all_of(filter.statuses.begin(), filter.statuses.end(), [](Status status) {
    return status == Status::needs_human_attention || status == Status::replied;
  });
}

template <class T>
void drop_doubles(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

Task<Result<InboxPage>> Inbox::list_inbox(RequestContext& request, InboxFilter filter, PageRequest page) {
  if (auto checked = check_page(page.limit_rows, page.offset_rows, !page.cursor.empty()); !checked)
    co_return checked.error();
  drop_doubles(filter.platforms);
  drop_doubles(filter.statuses);
  const std::string scope = scope_of(request, filter, page.sort);
  InboxPosition position;
  position.sort = page.sort;
  position.limit_rows = page.limit_rows + 1;
  position.offset_rows = page.offset_rows;
  position.count_rows = page.count_rows;
  if (auto read = read_position(page.cursor, scope, position); !read)
    co_return read.error();
  if (attention_is_implied(filter))
    filter.needs_attention = false;
  auto rows = co_await store_.list_inbox(request, std::move(filter), position);
  if (!rows)
    co_return rows.error();
  if (rows->empty())
    co_return fail(Errc::internal, "Something went wrong", {}, "list_inbox answered no totals");
  InboxPage out;
  out.totals = rows->rows.front();
  out.bytes = rows->bytes;
  if (rows->rows.front().id.is_nil()) {
    if (page.offset_rows > 0)
      co_return page_behind_end(page.offset_rows);
    co_return out;
  }
  const bool more = end_page(rows->rows, page.limit_rows);
  out.items.assign(rows->rows.begin(), rows->rows.end());
  if (more) {
    const InboxItem& last = out.items.back();
    const std::vector<std::string> keys{key_text(std::int64_t{last.priority_score}),
                                        key_text(last.last_message_at.value_or(time_minus_infinity)),
                                        key_text(last.id)};
    out.next_cursor = encode_keyset(keys, scope);
  }
  co_return out;
}

Task<Result<OneRow<ConversationRow>>> Inbox::get_conversation(RequestContext& request, Uuid id) {
  auto found = co_await store_.get_conversation(request, id);
  if (found && !*found)
    co_return no_conversation();
  co_return found;
}

Task<Result<OneRow<ConversationRow>>> Inbox::create_conversation(RequestContext& request,
                                                                 NewConversation conversation) {
  auto made = co_await store_.create_conversation(request, Uuid::v7(), std::move(conversation));
  if (made && !*made)
    co_return fail(Errc::not_found, "There is no such lead", "contact_id");
  co_return made;
}

Task<Result<OneRow<ConversationRow>>> Inbox::update_conversation(RequestContext& request, Uuid id,
                                                                 ConversationChange change,
                                                                 std::optional<std::int64_t> row_version) {
  if (!changes_anything(change))
    co_return fail(Errc::invalid_argument, "There is nothing to change", "body");
  if (change.status.present && !change.status.value)
    co_return fail(Errc::invalid_argument, "status must not be null", "status");
  if (change.priority_score.present && !change.priority_score.value)
    co_return fail(Errc::invalid_argument, "priority_score must not be null", "priority_score");
  auto changed = co_await store_.update_conversation(request, id, std::move(change), row_version);
  if (changed && !*changed)
    co_return co_await explain_no_row(request, id, row_version);
  co_return changed;
}

Task<Result<OneRow<ConversationRow>>> Inbox::set_status(RequestContext& request, Uuid id, Status status,
                                                        std::optional<std::int64_t> pause_days,
                                                        std::optional<std::int64_t> row_version) {
  if (pause_days && status != Status::delay_requested)
    co_return fail(Errc::invalid_argument, "pause_days goes with new_status=delay_requested only", "query.pause_days");
  std::optional<TimePoint> pause_until;
  if (pause_days)
    pause_until = clock_() + std::chrono::days(*pause_days);
  auto changed = co_await store_.set_status(request, id, status, pause_until, row_version);
  if (changed && !*changed)
    co_return co_await explain_no_row(request, id, row_version);
  co_return changed;
}

Task<Error> Inbox::explain_no_row(RequestContext& request, Uuid id, std::optional<std::int64_t> row_version) {
  auto found = co_await store_.get_conversation(request, id);
  if (!found)
    co_return found.error();
  if (!*found)
    co_return no_conversation();
  const std::int64_t current = (*found)->row_version;
  if (row_version && *row_version != current)
    co_return changed_since("conversation", "conversation_id", current);
  co_return fail(Errc::not_found, "There is no such lead", "contact_id");
}

Task<Result<MessagePage>> Inbox::list_messages(RequestContext& request, Uuid conversation_id, std::string cursor,
                                               std::int64_t limit_rows, std::int64_t offset_rows) {
  if (auto checked = check_page(limit_rows, offset_rows, !cursor.empty()); !checked)
    co_return checked.error();
  const std::string scope =
      "inbox.list_messages|" + conversation_id.to_string() + "|" + request.identity.user_id.to_string();
  Cursor before = cursor_before_newest;
  if (!cursor.empty()) {
    auto decoded = decode_cursor(cursor, scope);
    if (!decoded)
      co_return decoded.error();
    before = *decoded;
  }
  auto rows =
      co_await store_.list_messages(request, conversation_id, before.at, before.id, limit_rows + 1, offset_rows);
  if (!rows)
    co_return rows.error();
  if (rows->empty())
    co_return no_conversation();
  MessagePage page{std::move(*rows), std::nullopt};
  if (page.messages.rows.front().id.is_nil()) {
    if (offset_rows > 0)
      co_return page_behind_end(offset_rows);
    page.messages.rows.clear();
  }
  if (end_page(page.messages.rows, limit_rows)) {
    const MessageRow& last = page.messages.rows.back();
    page.next_cursor = encode_cursor({last.sent_at, last.id}, scope);
  }
  co_return page;
}

Task<Result<OneRow<MessageRow>>> Inbox::add_message(RequestContext& request, NewMessage message) {
  Analysis analysis = analyse(message.content);
  auto added = co_await store_.add_message(request, Uuid::v7(), std::move(message), std::move(analysis));
  if (added && !*added)
    co_return no_conversation();
  co_return added;
}

Task<Result<OneRow<MessageRow>>> Inbox::approve_draft(RequestContext& request, Uuid conversation_id, Uuid message_id,
                                                      std::optional<std::string> content) {
  auto sent = co_await store_.approve_draft(request, conversation_id, message_id, std::move(content));
  if (sent && !*sent)
    co_return no_draft();
  co_return sent;
}

Task<Result<void>> Inbox::discard_draft(RequestContext& request, Uuid conversation_id, Uuid message_id) {
  const auto gone = co_await store_.discard_draft(request, conversation_id, message_id);
  if (!gone)
    co_return gone.error();
  if (!*gone)
    co_return no_draft();
  co_return Result<void>();
}

Task<Result<StartedRow>> Inbox::start_sequence(RequestContext& request, Uuid conversation_id,
                                               std::optional<Uuid> template_id) {
  const auto started = co_await store_.start_sequence(request, conversation_id, template_id);
  if (!started)
    co_return started.error();
  if (*started)
    co_return *started->row;
  const auto found = co_await store_.get_conversation(request, conversation_id);
  if (!found)
    co_return found.error();
  if (!*found)
    co_return no_conversation();
  co_return fail(Errc::not_found, "There is no such sequence template", "template_id");
}

Task<Result<RowSet<AdvancedRow>>> Inbox::process_sequences(RequestContext& request, std::int64_t limit_rows) {
  return store_.process_sequences(request, limit_rows);
}

Task<Result<Draft>> Inbox::generate_draft(RequestContext& request, Uuid conversation_id, DraftOptions options) {
  const auto context = co_await store_.get_draft_context(request, conversation_id);
  if (!context)
    co_return context.error();
  if (!*context)
    co_return no_conversation();
  co_return make_draft(**context, options);
}

Task<Result<BestTimeRow>> Inbox::best_time(RequestContext& request, Uuid conversation_id) {
  const auto found = co_await store_.best_time(request, conversation_id);
  if (!found)
    co_return found.error();
  if (!*found)
    co_return no_conversation();
  co_return *found->row;
}

Task<Result<RowSet<ConnectionRow>>> Inbox::list_connections(RequestContext& request) {
  return store_.list_connections(request);
}

Task<Result<OneRow<AnalyticsRow>>> Inbox::get_analytics(RequestContext& request) {
  const auto today = std::chrono::floor<std::chrono::days>(clock_());
  return store_.get_analytics(request, today - std::chrono::days(analytics_days - 1));
}

}  // namespace salesflow::inbox
