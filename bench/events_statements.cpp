#include "bench/events_statements.hpp"

#include <utility>

#include "features/events/queries.hpp"
#include "platform/postgres/queries.hpp"

namespace salesflow::bench {
namespace {

std::string or_null(const std::string& value) {
  return value.empty() ? "NULL" : value;
}

}  // namespace

StatementCall begin_call(std::string user_id, std::string org_id, std::string timeout_ms, bool write) {
  using Begin = postgres::sql::begin_request;
  return {&Begin::pick(write ? Begin::xid : 0U), {std::move(user_id), std::move(org_id), std::move(timeout_ms)}};
}

StatementCall list_call(std::string user_id, const ListFilters& filters, const PageStart& start,
                        std::string limit_rows) {
  using List = events::sql::list_events;
  const unsigned mask =
      (filters.status.empty() ? 0U : List::status) | (filters.contact_id.empty() ? 0U : List::contact) |
      (filters.channel.empty() ? 0U : List::channel) | (filters.direction.empty() ? 0U : List::direction);
  return {&List::pick(mask),
          {std::move(user_id), start.before_at, start.before_id, std::move(limit_rows), or_null(filters.status),
           or_null(filters.contact_id), or_null(filters.channel), or_null(filters.direction)}};
}

StatementCall pending_call(std::string user_id, std::string channel, std::string limit_rows) {
  using Pending = events::sql::list_pending;
  return {&Pending::pick(0, channel.empty() ? Pending::Queue::all : Pending::Queue::channel),
          {std::move(user_id), "'-infinity'", "'00000000-0000-0000-0000-000000000000'", std::move(limit_rows),
           or_null(channel)}};
}

StatementCall create_call(const NewEvent& event) {
  return {&events::sql::create_event,
          {event.id, event.user_id, event.org_id, "NULL", event.channel, event.direction, event.text,
           event.normalized_text, "NULL", "NULL", "NULL"}};
}

}  // namespace salesflow::bench
