#include "features/inbox/routes.hpp"

#include "features/inbox/routes_wire.hpp"
#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/if_match.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::inbox {
namespace {

using Answer = Result<http::Response>;

/// "whatsapp,email" as values; empty parts are left out.
template <class Enum>
Result<std::vector<Enum>> read_csv(std::string_view text, std::string_view field) {
  std::vector<Enum> values;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    auto part = text.substr(at, end - at);
    while (!part.empty() && part.front() == ' ')
      part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ')
      part.remove_suffix(1);
    if (!part.empty()) {
      const auto value = enum_value<Enum>(part);
      if (!value)
        return fail(Errc::invalid_argument, std::string(field) + " must be of " + enum_names<Enum>(), field);
      values.push_back(*value);
    }
    at = end + 1;
  }
  return values;
}

http::Response conversation_response(const OneRow<ConversationRow>& found) {
  auto response = http::json_response(json::to_json(ConversationAnswer{true, *found}, 1200));
  response.etag = http::version_etag(found->row_version);
  return response;
}

http::Response inbox_response(const http::Request& request, const InboxQuery& query, bool filters, InboxPage page) {
  InboxAnswer answer;
  if (query.count != CountMode::none) {
    // Without filters the total is a counter's.
    const auto total = filters && query.count == CountMode::capped ? http::capped_total(page.totals.total)
                                                                   : http::Total{page.totals.total, false};
    answer.total_count = total.total;
    answer.total_is_capped = total.is_capped;
  }
  answer.unread_total = page.totals.unread_total;
  answer.needs_attention_count = page.totals.needs_attention_count;
  answer.needs_attention_count_is_capped = page.totals.attention_is_capped;
  answer.items = std::move(page.items.rows);
  answer.has_more = page.next_cursor.has_value();
  answer.next_cursor = page.next_cursor;
  auto response = http::json_response(json::to_json(answer, 300 + answer.items.size() * 1200));
  if (page.next_cursor)
    response.headers.emplace_back("Link", http::link_to_next(request, *page.next_cursor));
  return response;
}

std::string best_time_text(const BestTimeRow& best) {
  static constexpr std::string_view weekdays[] = {"Montag",  "Dienstag", "Mittwoch", "Donnerstag",
                                                  "Freitag", "Samstag",  "Sonntag"};
  if (!best.iso_weekday || !best.hour)
    return "Nicht genug Daten";
  const auto hour = std::to_string(*best.hour);
  return std::string(weekdays[*best.iso_weekday - 1]) + (hour.size() < 2 ? " 0" : " ") + hour + ":00";
}

class Handlers {
 public:
  explicit Handlers(Inbox& inbox) : inbox_(inbox) {}

  Task<Answer> list_inbox(http::Request& request) {
    auto query = http::read_query<InboxQuery>(request);
    if (!query)
      co_return query.error();
    auto platforms = read_csv<Platform>(query->platforms, "query.platforms");
    if (!platforms)
      co_return platforms.error();
    auto statuses = read_csv<Status>(query->statuses, "query.statuses");
    if (!statuses)
      co_return statuses.error();
    InboxFilter filter{std::move(*platforms), std::move(*statuses), query->needs_attention, query->search.value};
    const bool filters = filter.filters();
    PageRequest paging{query->cursor, query->limit, query->offset, query->count};
    auto found = co_await inbox_.list_inbox(*request.context, std::move(filter), query->sort, std::move(paging));
    if (!found)
      co_return found.error();
    co_return inbox_response(request, *query, filters, std::move(*found));
  }

  Task<Answer> create_conversation(http::Request& request) {
    auto body = http::read_body<ConversationBody>(request);
    if (!body)
      co_return body.error();
    NewConversation conversation{body->platform,
                                 plain(body->platform_conversation_id),
                                 plain(body->platform_contact_handle),
                                 body->contact_id,
                                 plain(body->deep_link_url),
                                 std::move(body->platform_metadata)};
    auto made = co_await inbox_.create_conversation(*request.context, std::move(conversation));
    if (!made)
      co_return made.error();
    co_return conversation_response(*made);
  }

  Task<Answer> get_conversation(http::Request& request) {
    const auto id = request.path_uuid(0, "conversation_id");
    if (!id)
      co_return id.error();
    auto found = co_await inbox_.get_conversation(*request.context, *id);
    if (!found)
      co_return found.error();
    co_return conversation_response(*found);
  }

  Task<Answer> update_conversation(http::Request& request) {
    const auto target = http::read_target(request, "conversation_id");
    if (!target)
      co_return target.error();
    auto change = http::read_body<ConversationChange>(request);
    if (!change)
      co_return change.error();
    auto changed =
        co_await inbox_.update_conversation(*request.context, target->id, std::move(*change), target->version);
    if (!changed)
      co_return changed.error();
    co_return conversation_response(*changed);
  }

  Task<Answer> set_status(http::Request& request) {
    const auto target = http::read_target(request, "conversation_id");
    if (!target)
      co_return target.error();
    const auto query = http::read_query<ConversationStatusQuery>(request);
    if (!query)
      co_return query.error();
    if (!query->new_status)
      co_return fail(Errc::invalid_argument, "new_status is required", "query.new_status");
    const auto days = query->pause_days ? std::optional(query->pause_days->value) : std::nullopt;
    auto changed = co_await inbox_.set_status(*request.context, target->id, *query->new_status, days, target->version);
    if (!changed)
      co_return changed.error();
    const ConversationRow& row = **changed;
    auto response =
        http::json_response(json::to_json(ConversationStatusAnswer{true, row.id, row.status, row.pause_until}));
    response.etag = http::version_etag(row.row_version);
    co_return response;
  }

  Task<Answer> list_messages(http::Request& request) {
    const auto id = request.path_uuid(0, "conversation_id");
    if (!id)
      co_return id.error();
    auto query = http::read_query<MessagesQuery>(request);
    if (!query)
      co_return query.error();
    PageRequest paging{query->cursor, query->limit, query->offset, CountMode::none};
    auto page = co_await inbox_.list_messages(*request.context, *id, std::move(paging));
    if (!page)
      co_return page.error();
    std::size_t bytes = 200;
    for (const MessageRow& row : page->items)
      bytes += 800 + row.content.size();
    const auto next = page->next_cursor;
    const auto count = page->items.size();
    MessagesAnswer answer{true, std::move(page->items), count, next.has_value(), next};
    auto response = http::json_response(json::to_json(answer, bytes));
    if (next)
      response.headers.emplace_back("Link", http::link_to_next(request, *next));
    co_return response;
  }

  Task<Answer> send_message(http::Request& request) {
    const auto id = request.path_uuid(0, "conversation_id");
    if (!id)
      co_return id.error();
    auto body = http::read_body<MessageBody>(request);
    if (!body)
      co_return body.error();
    if (auto same = check_same(body->conversation_id, *id); !same)
      co_return same.error();
    NewMessage message{*id, Direction::outbound, std::move(body->content.value), std::nullopt,
                       body->is_ai_generated.value_or(false)};
    auto added = co_await inbox_.add_message(*request.context, std::move(message));
    if (!added)
      co_return added.error();
    co_return message_response(*added);
  }

  Task<Answer> receive_message(http::Request& request) {
    auto query = http::read_query<ReceiveQuery>(request);
    if (!query)
      co_return query.error();
    if (!query->conversation_id)
      co_return fail(Errc::invalid_argument, "conversation_id is required", "query.conversation_id");
    if (query->content.value.empty())
      co_return fail(Errc::invalid_argument, "content must not be empty", "query.content");
    NewMessage message{*query->conversation_id, Direction::inbound, std::move(query->content.value),
                       plain(query->platform_message_id), false};
    auto added = co_await inbox_.add_message(*request.context, std::move(message));
    if (!added)
      co_return added.error();
    co_return message_response(*added);
  }

  Task<Answer> best_time(http::Request& request) {
    const auto id = request.path_uuid(0, "conversation_id");
    if (!id)
      co_return id.error();
    const auto best = co_await inbox_.best_time(*request.context, *id);
    if (!best)
      co_return best.error();
    const std::string note = best->messages == 0
                                 ? "Noch keine eingehenden Nachrichten"
                                 : "Aus " + std::to_string(best->messages) + " eingehenden Nachrichten; Zeiten in UTC";
    co_return http::json_response(json::to_json(BestTimeAnswer{true, *id, best_time_text(*best), note}));
  }

  Task<Answer> list_connections(http::Request& request) {
    auto rows = co_await inbox_.list_connections(*request.context);
    if (!rows)
      co_return rows.error();
    co_return http::json_response(json::to_json(ConnectionsAnswer{true, std::move(*rows)}));
  }

  Task<Answer> get_analytics(http::Request& request) {
    const auto figures = co_await inbox_.get_analytics(*request.context);
    if (!figures)
      co_return figures.error();
    const AnalyticsRow& row = **figures;
    co_return http::json_response(json::to_json(row, 6000));
  }

  Task<Answer> get_health(http::Request&) { co_return http::json_response(json::to_json(InboxHealthAnswer{})); }

 private:
  Inbox& inbox_;
};

}  // namespace

std::vector<http::Route> routes(Inbox& inbox, proof::Prover* prover) {
  using http::Idempotency, http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(inbox), "inbox");
  auto& list = table.add(Method::get, "/api/idps/inbox", "list_inbox",
                         "Conversations of all channels with the totals of the whole inbox.", &Handlers::list_inbox);
  http::takes_query<InboxQuery>(list);
  http::answers<InboxAnswer>(list);

  auto& create = table.add(Method::post, "/api/idps/conversations", "create_conversation",
                           "Stores a conversation, or finds the one of the same channel and channel's id.",
                           &Handlers::create_conversation);
  http::takes_body<ConversationBody>(create);
  http::answers<ConversationAnswer>(create);
  create.idempotency = Idempotency::optional;
  create.error_statuses = {404, 409, 413, 415};

  auto& get = table.add(Method::get, "/api/idps/conversations/{conversation_id}", "get_conversation",
                        "One conversation.", &Handlers::get_conversation);
  http::answers<ConversationAnswer>(get);
  get.error_statuses = {404};

  auto& update = table.add(Method::patch, "/api/idps/conversations/{conversation_id}", "update_conversation",
                           "Changes members of a conversation; null clears, If-Match makes it conditional.",
                           &Handlers::update_conversation);
  http::takes_body<ConversationChange>(update);
  http::answers<ConversationAnswer>(update);
  update.error_statuses = {404, 412, 413, 415};

  auto& status = table.add(Method::post, "/api/idps/conversations/{conversation_id}/status", "set_conversation_status",
                           "Sets the status; a delay may end by itself.", &Handlers::set_status);
  http::takes_query<ConversationStatusQuery>(status);
  http::answers<ConversationStatusAnswer>(status);
  status.idempotency = Idempotency::optional;
  status.error_statuses = {404, 409, 412};

  auto& messages = table.add(Method::get, "/api/idps/conversations/{conversation_id}/messages", "list_messages",
                             "A conversation's messages, newest first.", &Handlers::list_messages);
  http::takes_query<MessagesQuery>(messages);
  http::answers<MessagesAnswer>(messages);
  messages.error_statuses = {404};

  auto& send = table.add(Method::post, "/api/idps/conversations/{conversation_id}/messages", "send_message",
                         "Stores an outbound message; nothing is sent to another service.", &Handlers::send_message);
  http::takes_body<MessageBody>(send);
  http::answers<MessageAnswer>(send);
  send.idempotency = Idempotency::optional;
  send.error_statuses = {404, 409, 413, 415};

  auto& receive = table.add(
      Method::post, "/api/idps/receive-message", "receive_message",
      "Stores an inbound message and what it means: status, sentiment, intent, priority; one of the same platform's "
      "platform_message_id once, with the same answer.",
      &Handlers::receive_message);
  http::takes_query<ReceiveQuery>(receive);
  http::answers<MessageAnswer>(receive);
  receive.idempotency = Idempotency::optional;
  receive.error_statuses = {404, 409};

  auto& best = table.add(Method::get, "/api/idps/conversations/{conversation_id}/best-time", "get_best_time",
                         "When the contact writes most often.", &Handlers::best_time);
  http::answers<BestTimeAnswer>(best);
  best.error_statuses = {404};

  auto& connections = table.add(Method::get, "/api/idps/connections", "list_connections",
                                "The channels and the caller's connection to each.", &Handlers::list_connections);
  http::answers<ConnectionsAnswer>(connections);

  auto& analytics = table.add(Method::get, "/api/idps/analytics", "get_inbox_analytics",
                              "Figures of the whole inbox and of its last thirty days.", &Handlers::get_analytics);
  http::answers<AnalyticsRow>(analytics);

  auto& health =
      table.add(Method::get, "/api/idps/health", "get_inbox_health", "The inbox is served.", &Handlers::get_health);
  health.auth = http::Auth::anyone;
  http::answers<InboxHealthAnswer>(health);
  auto all = std::move(table).take();
  for (auto& route : sequence_routes(inbox))
    all.push_back(std::move(route));
  for (auto& route : badge_routes(inbox, prover))
    all.push_back(std::move(route));
  return all;
}

}  // namespace salesflow::inbox
