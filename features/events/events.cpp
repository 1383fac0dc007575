#include "features/events/events.hpp"

#include "features/events/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/page_end.hpp"

namespace salesflow::events {
namespace {

Result<void> check_limit(std::int64_t limit_rows) {
  if (limit_rows < 1 || limit_rows > page_limit_rows_max) {
    return fail(Errc::invalid_argument, "limit must be from 1 to 200", "query.limit");
  }
  return {};
}

/// What a cursor belongs to: list, filters, user.
std::string scope_of(std::string_view list, const RequestContext& request, const EventFilter& filter) {
  std::string scope(list);
  const auto add = [&](auto value) {
    scope += '|' + (value ? std::to_string(static_cast<int>(*value)) : std::string("-"));
  };
  add(filter.status);
  add(filter.channel);
  add(filter.direction);
  scope +=
      '|' + (filter.contact_id ? filter.contact_id->to_string() : "-") + '|' + request.identity.user_id.to_string();
  return scope;
}

/// The look-ahead row tells that there is a next page; it is cut off.
EventPage to_page(RowSet<EventRow> rows, std::int64_t limit_rows, std::string_view scope) {
  EventPage page{std::move(rows), std::nullopt};
  if (end_page(page.events.rows, limit_rows)) {
    const EventRow& last = page.events.rows.back();
    page.next_cursor = encode_cursor({last.created_at, last.id}, scope);
  }
  return page;
}

Result<Cursor> start_of(std::string_view cursor, std::string_view scope, const Cursor& first) {
  return cursor.empty() ? Result<Cursor>(first) : decode_cursor(cursor, scope);
}

Error no_such_contact() {
  return fail(Errc::not_found, "There is no such contact", "contact_id");
}

}  // namespace

Task<Result<EventPage>> Events::list_events(RequestContext& request, EventFilter filter, std::string cursor,
                                            std::int64_t limit_rows) {
  if (auto checked = check_limit(limit_rows); !checked)
    co_return checked.error();
  const std::string scope = scope_of("events.list_events", request, filter);
  const auto after = start_of(cursor, scope, cursor_before_newest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_events(request, filter, *after, limit_rows + 1);
  if (!rows)
    co_return rows.error();
  co_return to_page(std::move(*rows), limit_rows, scope);
}

Task<Result<EventPage>> Events::list_pending(RequestContext& request, std::optional<Channel> channel,
                                             std::string cursor, std::int64_t limit_rows) {
  if (auto checked = check_limit(limit_rows); !checked)
    co_return checked.error();
  const std::string scope =
      scope_of("events.list_pending", request, {.status = {}, .contact_id = {}, .channel = channel, .direction = {}});
  const auto after = start_of(cursor, scope, cursor_before_oldest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_pending(request, channel, *after, limit_rows + 1);
  if (!rows)
    co_return rows.error();
  co_return to_page(std::move(*rows), limit_rows, scope);
}

Task<Result<OneRow<EventRow>>> Events::get_event(RequestContext& request, Uuid event_id) {
  auto found = co_await store_.get_event(request, event_id);
  if (found && !*found)
    co_return fail(Errc::not_found, "There is no such message event", "event_id");
  co_return found;
}

Task<Result<OneRow<EventRow>>> Events::create_event(RequestContext& request, NewEvent event) {
  if (event.text.empty())
    co_return fail(Errc::invalid_argument, "text must not be empty", "text");
  std::string normalized = normalize_text(event.text);
  auto created = co_await store_.create_event(request, Uuid::v7(), std::move(event), std::move(normalized));
  if (created && !*created)
    co_return no_such_contact();
  co_return created;
}

Task<Result<OneRow<EventRow>>> Events::set_status(RequestContext& request, Uuid event_id, Status status,
                                                  std::optional<std::int64_t> row_version) {
  auto changed = co_await store_.set_status(request, event_id, status, row_version);
  if (changed && !*changed)
    co_return co_await explain_no_row(request, event_id, row_version.has_value());
  co_return changed;
}

Task<Result<OneRow<EventRow>>> Events::set_suggested_reply(RequestContext& request, Uuid event_id,
                                                           RawJson suggested_reply,
                                                           std::optional<std::int64_t> row_version) {
  auto changed = co_await store_.set_suggested_reply(request, event_id, std::move(suggested_reply), row_version);
  if (changed && !*changed)
    co_return co_await explain_no_row(request, event_id, row_version.has_value());
  co_return changed;
}

Task<Error> Events::explain_no_row(RequestContext& request, Uuid event_id, bool conditional) {
  std::optional<std::int64_t> current;
  if (conditional) {
    auto found = co_await store_.get_event(request, event_id);
    if (!found)
      co_return found.error();
    if (*found)
      current = (*found)->row_version;
  }
  co_return changed_since("message event", "event_id", current);
}

Task<Result<OneRow<SettingsRow>>> Events::get_settings(RequestContext& request, std::optional<Uuid> contact_id) {
  auto found = co_await store_.get_settings(request, contact_id);
  if (found && !*found)
    found->row.emplace();  // the default
  co_return found;
}

Task<Result<OneRow<SettingsRow>>> Events::put_settings(RequestContext& request, SettingsChange change) {
  auto stored = co_await store_.put_settings(request, Uuid::v7(), std::move(change));
  if (stored && !*stored)
    co_return no_such_contact();
  co_return stored;
}

Task<Result<StatsRow>> Events::get_stats(RequestContext& request) {
  const auto today = std::chrono::floor<std::chrono::days>(clock_());
  auto stats = co_await store_.get_stats(request, today);
  if (!stats)
    co_return stats.error();
  co_return stats->row.value_or(StatsRow{});
}

}  // namespace salesflow::events
