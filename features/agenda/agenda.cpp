#include "features/agenda/agenda.hpp"

#include "features/agenda/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/cursor.hpp"
#include "platform/core/page_end.hpp"

namespace salesflow::agenda {
namespace {

Result<Cursor> begin_of(const std::string& cursor, std::string_view scope, const Cursor& first) {
  return cursor.empty() ? Result<Cursor>(first) : decode_cursor(cursor, scope);
}

/// PostgreSQL takes more than names for a zone (offsets, rules); none of that is asked for. The longest name has 32
/// bytes.
bool looks_like_zone(std::string_view zone) {
  return !zone.empty() && zone.size() <= 64 &&
         zone.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/+-") ==
             std::string_view::npos;
}

Error unknown_zone() {
  return fail(Errc::invalid_argument, "tz must be a time zone such as Europe/Vienna", "query.tz");
}

}  // namespace

Task<Result<AgendaPage<FollowupRow>>> Agenda::list_followups(RequestContext& request, Due due, std::string zone,
                                                             std::string cursor, std::int64_t limit_rows) {
  if (!looks_like_zone(zone))
    co_return unknown_zone();
  const std::string scope = std::string("agenda.list_followups|") + (due == Due::today ? "today|" : "any|") +
                            request.identity.user_id.to_string();
  const auto after = begin_of(cursor, scope, cursor_before_oldest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_followups(request, due, *after, limit_rows + 1, clock_(), std::move(zone));
  if (!rows) {
    if (rows.error().code == Errc::invalid_argument)
      co_return unknown_zone();
    co_return rows.error();
  }
  AgendaPage<FollowupRow> page{std::move(*rows), std::nullopt};
  if (end_page(page.rows.rows, limit_rows)) {
    const FollowupRow& last = page.rows.rows.back();
    page.next_cursor = encode_cursor({last.due_at, last.id}, scope);
  }
  co_return page;
}

Task<Result<AgendaPage<SuggestionRow>>> Agenda::list_suggestions(RequestContext& request, Uuid lead_id,
                                                                 SuggestionStatus status, std::string cursor,
                                                                 std::int64_t limit_rows) {
  const std::string scope = std::string("agenda.list_suggestions|") +
                            (status == SuggestionStatus::open ? "open|" : "all|") + lead_id.to_string() + '|' +
                            request.identity.user_id.to_string();
  const auto after = begin_of(cursor, scope, cursor_before_newest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_suggestions(request, lead_id, status, *after, limit_rows + 1, clock_());
  if (!rows)
    co_return rows.error();
  if (rows->empty())
    co_return changed_since("lead", "lead_id", std::nullopt);
  AgendaPage<SuggestionRow> page{std::move(*rows), std::nullopt};
  if (end_page(page.rows.rows, limit_rows)) {
    const SuggestionRow& last = page.rows.rows.back();
    page.next_cursor = encode_cursor({last.created_at.value_or(time_minus_infinity), *last.id}, scope);
  }
  co_return page;
}

Task<Result<AgendaPage<ActivityRow>>> Agenda::list_activities(RequestContext& request, std::optional<Uuid> contact_id,
                                                              std::string cursor, std::int64_t limit_rows) {
  const std::string scope = "agenda.list_activities|" + (contact_id ? contact_id->to_string() : "-") + '|' +
                            request.identity.user_id.to_string();
  const auto after = begin_of(cursor, scope, cursor_before_newest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_activities(request, contact_id, *after, limit_rows + 1);
  if (!rows)
    co_return rows.error();
  AgendaPage<ActivityRow> page{std::move(*rows), std::nullopt};
  if (end_page(page.rows.rows, limit_rows)) {
    const ActivityRow& last = page.rows.rows.back();
    page.next_cursor = encode_cursor({last.occurred_at, last.id}, scope);
  }
  co_return page;
}

}  // namespace salesflow::agenda
