#include "features/events/events.hpp"

#include "features/events/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/valid_until.hpp"

namespace salesflow::events {
namespace {

TimePosition position_of(const EventRow& event) {
  return {event.created_at, event.id};
}

Error no_such_contact() {
  return fail(Errc::not_found, "There is no such contact", "contact_id");
}

}  // namespace

Task<Result<EventPage>> Events::list_events(RequestContext& request, EventFilter filter, std::string cursor,
                                            std::int64_t limit_rows) {
  if (auto checked = check_limit(limit_rows, page_limit_rows_max); !checked)
    co_return checked.error();
  const Scope scope("events.list_events", request.identity.user_id, filter.status, filter.channel, filter.direction,
                    filter.contact_id);
  const auto after = decode_cursor(cursor, scope, before_newest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_events(request, filter, *after, limit_rows + 1);
  if (!rows)
    co_return rows.error();
  co_return make_page(std::move(*rows), limit_rows, scope, position_of);
}

Task<Result<EventPage>> Events::list_pending(RequestContext& request, std::optional<Channel> channel,
                                             std::string cursor, std::int64_t limit_rows) {
  if (auto checked = check_limit(limit_rows, page_limit_rows_max); !checked)
    co_return checked.error();
  const Scope scope("events.list_pending", request.identity.user_id, channel);
  const auto after = decode_cursor(cursor, scope, before_oldest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_pending(request, channel, *after, limit_rows + 1);
  if (!rows)
    co_return rows.error();
  co_return make_page(std::move(*rows), limit_rows, scope, position_of);
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
  const Channel channel = event.channel;
  const auto message_id = event.platform_message_id;
  const bool names_contact = event.contact_id.has_value();
  auto created =
      co_await store_.create_event(request, event.id.value_or(Uuid::v7()), std::move(event), std::move(normalized));
  if (!created || *created)
    co_return created;
  if (message_id) {
    auto before = co_await store_.find_message(request, channel, *message_id);
    if (!before || *before)
      co_return before;
    if (!names_contact)
      co_return fail(Errc::conflict, "This message came before, and its event was deleted", "platform_message_id");
  }
  co_return no_such_contact();
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
  ends_at(request, today + std::chrono::days(1));
  auto stats = co_await store_.get_stats(request, today);
  if (!stats)
    co_return stats.error();
  co_return stats->row.value_or(StatsRow{});
}

}  // namespace salesflow::events
