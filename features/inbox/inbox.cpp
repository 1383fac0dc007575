#include "features/inbox/inbox.hpp"

#include <algorithm>
#include <deque>

#include "features/inbox/draft.hpp"
#include "features/inbox/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/patch.hpp"
#include "platform/core/valid_until.hpp"
#include "platform/text/html_text.hpp"
#include "platform/text/trim.hpp"

namespace salesflow::inbox {
namespace {

constexpr std::int64_t offset_rows_max = 10'000;

Error no_conversation() {
  return fail(Errc::not_found, "There is no such conversation", "conversation_id");
}
Error no_draft() {
  return fail(Errc::not_found, "There is no such draft: it was sent or discarded, or never was one", "message_id");
}

Result<void> check_page_request(const PageRequest& paging) {
  if (auto checked = check_limit(paging.limit_rows, page_limit_rows_max); !checked)
    return checked;
  if (paging.skip_rows < 0 || paging.skip_rows > offset_rows_max)
    return fail(Errc::invalid_argument, "offset must be from 0 to 10000; use cursor to go further", "query.offset");
  if (!paging.cursor.empty() && paging.skip_rows > 0)
    return fail(Errc::invalid_argument, "offset and cursor exclude each other", "query.offset");
  return {};
}

Error page_behind_end(std::int64_t offset_rows) {
  return fail(Errc::invalid_argument, "offset " + std::to_string(offset_rows) + " is behind the last row",
              "query.offset");
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

/// When the totals or the row's days since the last contact change by time alone.
std::optional<TimePoint> changes_at(const InboxRow& row) {
  if (!row.last_message_at || !row.days_since_last_contact)
    return row.changes_at;
  const TimePoint next_day = *row.last_message_at + std::chrono::days(*row.days_since_last_contact + 1);
  return std::min(row.changes_at.value_or(time_infinity), next_day);
}

/// Previews as a mail program would show them; the database keeps the message's first characters as they came.
void show_previews(RowSet<InboxRow>& rows) {
  struct Shown {
    std::shared_ptr<const void> bytes;
    std::deque<std::string> texts;
  };
  std::shared_ptr<Shown> shown;
  for (InboxRow& row : rows.rows) {
    if (!row.last_message_preview || row.last_message_preview->find('<') == std::string_view::npos)
      continue;
    if (!shown)
      shown = std::make_shared<Shown>(Shown{rows.bytes, {}});
    row.last_message_preview = shown->texts.emplace_back(
        row.preview_truncated ? shown_beginning(*row.last_message_preview) : shown_text(*row.last_message_preview));
  }
  if (shown)
    rows.bytes = std::move(shown);
}

}  // namespace

Task<Result<InboxPage>> Inbox::list_inbox(RequestContext& request, InboxFilter filter, Sort sort, PageRequest paging) {
  if (auto checked = check_page_request(paging); !checked)
    co_return checked.error();
  drop_doubles(filter.platforms);
  drop_doubles(filter.statuses);
  const Scope scope("inbox.list_inbox", request.identity.user_id, sort, filter.platforms, filter.statuses,
                    filter.needs_attention, filter.search);
  const auto after = decode_cursor(paging.cursor, scope, InboxPosition{});
  if (!after)
    co_return after.error();
  if (attention_is_implied(filter))
    filter.needs_attention = false;
  PageRequest one_more = paging.with_look_ahead();
  auto rows = co_await store_.list_inbox(request, std::move(filter), sort, *after, std::move(one_more));
  if (!rows)
    co_return rows.error();
  if (rows->empty())
    co_return fail(Errc::internal, "Something went wrong", {}, "list_inbox answered no totals");
  for (const InboxRow& row : rows->rows)
    ends_at(request, changes_at(row));
  show_previews(*rows);
  InboxPage page;
  page.totals = rows->rows.front();
  if (rows->rows.front().id.is_nil()) {
    if (paging.skip_rows > 0)
      co_return page_behind_end(paging.skip_rows);
    co_return page;
  }
  RowSet<InboxItem> items{{rows->begin(), rows->end()}, rows->bytes};
  static_cast<Page<InboxItem>&>(page) =
      make_page(std::move(items), paging.limit_rows, scope, [](const InboxItem& last) {
        return InboxPosition{last.priority_score, last.last_message_at.value_or(time_minus_infinity), last.id};
      });
  co_return page;
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

Task<Result<ReadRow>> Inbox::mark_read(RequestContext& request, Uuid id) {
  return set_read(request, id, true);
}

Task<Result<ReadRow>> Inbox::mark_unread(RequestContext& request, Uuid id) {
  return set_read(request, id, false);
}

Task<Result<ReadRow>> Inbox::set_read(RequestContext& request, Uuid id, bool is_read) {
  const auto marked = co_await store_.set_read(request, id, is_read);
  if (!marked)
    co_return marked.error();
  if (!*marked)
    co_return no_conversation();
  co_return *marked->row;
}

Task<Result<OneRow<BadgesRow>>> Inbox::read_badges(RequestContext& request, std::optional<TimePoint> today_ends_at) {
  return read_badges_within(request, badge_limits(today_ends_at));
}

BadgeLimits Inbox::badge_limits(std::optional<TimePoint> today_ends_at) const {
  const TimePoint now = clock_();
  const TimePoint due_before =
      today_ends_at.value_or(std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1));
  return {due_before, std::min(now, due_before), today_ends_at ? TimePoint::max() : due_before};
}

Task<Result<OneRow<BadgesRow>>> Inbox::read_badges_within(RequestContext& request, BadgeLimits limits) {
  auto badges = co_await store_.read_badges(request, limits.due_before, limits.overdue_before);
  ends_at(request, limits.valid_until);
  if (badges && *badges)
    ends_at(request, (*badges)->changes_at);
  co_return badges;
}

Task<Result<OneRow<BadgesRow>>> Inbox::recount_badges(RequestContext& request, BadgeLimits limits) {
  return store_.recount_badges(request, limits);
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

Task<Result<Page<MessageRow>>> Inbox::list_messages(RequestContext& request, Uuid conversation_id, PageRequest paging) {
  if (auto checked = check_page_request(paging); !checked)
    co_return checked.error();
  const Scope scope("inbox.list_messages", request.identity.user_id, conversation_id);
  const auto before = decode_cursor(paging.cursor, scope, before_newest);
  if (!before)
    co_return before.error();
  PageRequest one_more = paging.with_look_ahead();
  auto rows = co_await store_.list_messages(request, conversation_id, *before, std::move(one_more));
  if (!rows)
    co_return rows.error();
  if (rows->empty())
    co_return no_conversation();
  if (rows->rows.front().id.is_nil()) {
    if (paging.skip_rows > 0)
      co_return page_behind_end(paging.skip_rows);
    rows->rows.clear();
  }
  co_return make_page(std::move(*rows), paging.limit_rows, scope, [](const MessageRow& last) {
    return TimePosition{last.sent_at, last.id};
  });
}

Task<Result<OneRow<MessageRow>>> Inbox::add_message(RequestContext& request, NewMessage message) {
  if (auto& message_id = message.platform_message_id; message_id) {
    message_id = std::string(trim(*message_id));
    if (message_id->empty())
      message_id.reset();
  }
  Analysis analysis = analyse(shown_text(message.content));
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
  ends_at(request, today + std::chrono::days(1));
  return store_.get_analytics(request, today - std::chrono::days(analytics_days - 1));
}

}  // namespace salesflow::inbox
