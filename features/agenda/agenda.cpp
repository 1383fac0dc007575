#include "features/agenda/agenda.hpp"

#include "features/agenda/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/time_zone.hpp"
#include "platform/core/valid_until.hpp"

namespace salesflow::agenda {

Task<Result<Page<FollowupRow>>> Agenda::list_followups(RequestContext& request, Due due, std::string zone,
                                                       std::string cursor, std::int64_t limit_rows) {
  if (!looks_like_time_zone(zone))
    co_return unknown_time_zone();
  const Scope scope("agenda.list_followups", request.identity.user_id, due);
  const auto after = decode_cursor(cursor, scope, before_oldest);
  if (!after)
    co_return after.error();
  const TimePoint now = clock_();
  auto rows = co_await store_.list_followups(request, due, *after, limit_rows + 1, now, std::move(zone));
  if (!rows) {
    if (rows.error().code == Errc::invalid_argument)
      co_return unknown_time_zone();
    co_return rows.error();
  }
  ends_at(request, rows->rows.front().changes_at);
  if (rows->rows.front().id.is_nil())
    rows->rows.clear();
  co_return make_page(std::move(*rows), limit_rows, scope, [](const FollowupRow& last) {
    return TimePosition{last.due_at, last.id};
  });
}

Task<Result<Page<SuggestionRow>>> Agenda::list_suggestions(RequestContext& request, Uuid lead_id,
                                                           SuggestionStatus status, std::string cursor,
                                                           std::int64_t limit_rows) {
  const Scope scope("agenda.list_suggestions", request.identity.user_id, status, lead_id);
  const auto after = decode_cursor(cursor, scope, before_newest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_suggestions(request, lead_id, status, *after, limit_rows + 1, clock_());
  if (!rows)
    co_return rows.error();
  if (rows->empty())
    co_return changed_since("lead", "lead_id", std::nullopt);
  co_return make_page(std::move(*rows), limit_rows, scope, [](const SuggestionRow& last) {
    return TimePosition{last.created_at.value_or(time_minus_infinity), *last.id};
  });
}

Task<Result<Page<ActivityRow>>> Agenda::list_activities(RequestContext& request, std::optional<Uuid> contact_id,
                                                        std::string cursor, std::int64_t limit_rows) {
  const Scope scope("agenda.list_activities", request.identity.user_id, contact_id);
  const auto after = decode_cursor(cursor, scope, before_newest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_activities(request, contact_id, *after, limit_rows + 1);
  if (!rows)
    co_return rows.error();
  co_return make_page(std::move(*rows), limit_rows, scope, [](const ActivityRow& last) {
    return TimePosition{last.occurred_at, last.id};
  });
}

}  // namespace salesflow::agenda
