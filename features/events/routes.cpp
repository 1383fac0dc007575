#include "features/events/routes.hpp"

#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/if_match.hpp"
#include "platform/http/toolkit/paging.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"

namespace salesflow::events {
namespace {

struct ListQuery {
  std::optional<Status> status;
  std::optional<Uuid> contact_id;
  std::optional<Channel> channel;
  std::optional<Direction> direction;
  Ranged<std::int64_t, 1, page_limit_rows_max> limit = 50;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (), (status, contact_id, channel, direction, limit, cursor))

struct PendingQuery {
  std::optional<Channel> channel;
  Ranged<std::int64_t, 1, page_limit_rows_max> limit = 20;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(PendingQuery, (), (channel, limit, cursor))

struct SettingsQuery {
  std::optional<Uuid> contact_id;
};
BOOST_DESCRIBE_STRUCT(SettingsQuery, (), (contact_id))

struct CreateBody {
  Channel channel{};
  Direction direction{};
  std::string text;
  std::optional<Uuid> contact_id;
  std::optional<RawJson> raw_payload;
  std::optional<Text<0, 200>> template_version;
  std::optional<Text<0, 200>> persona_variant;
  std::optional<Text<0, 500>> platform_message_id;  // such a message is stored once
};
BOOST_DESCRIBE_STRUCT(CreateBody, (),
                      (channel, direction, text, contact_id, raw_payload, template_version, persona_variant,
                       platform_message_id))

struct StatusBody {
  Status autopilot_status{};
};
BOOST_DESCRIBE_STRUCT(StatusBody, (), (autopilot_status))

/// What we check of a suggestion; further members are kept as they are.
struct SuggestionBody {
  std::optional<std::string> text;
  std::optional<std::string> message;
  std::optional<double> confidence;
  std::optional<std::string> reasoning;
  std::optional<std::string> detected_action;
  std::optional<Channel> channel;
  std::optional<std::string> mode_used;
  std::optional<std::string> model;
  std::vector<std::string> safety_issues;
  std::optional<std::string> gate_reason;
};
BOOST_DESCRIBE_STRUCT(SuggestionBody, (),
                      (text, message, confidence, reasoning, detected_action, channel, mode_used, model, safety_issues,
                       gate_reason))

struct ListAnswer {
  bool success = true;
  RowSet<EventRow> events;
  std::size_t count = 0;
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(ListAnswer, (), (success, events, count, has_more, next_cursor))

struct EventAnswer {
  bool success = true;
  EventRow event;
};
BOOST_DESCRIBE_STRUCT(EventAnswer, (), (success, event))

struct SettingsView {
  std::string id = "default";  // "default" when nothing is stored, as clients expect
  std::optional<Uuid> contact_id;
  std::string_view mode;
  RawJsonView channels;
  std::int32_t max_auto_replies_per_day = 0;
  std::int32_t min_confidence = 0;
  bool is_active = true;
  std::optional<TimePoint> created_at;
  std::optional<TimePoint> updated_at;
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(SettingsView, (),
                      (id, contact_id, mode, channels, max_auto_replies_per_day, min_confidence, is_active, created_at,
                       updated_at, row_version))
struct SettingsAnswer {
  bool success = true;
  SettingsView settings;
};
BOOST_DESCRIBE_STRUCT(SettingsAnswer, (), (success, settings))

http::Response page_response(const http::Request& request, EventPage page) {
  std::size_t bytes = 128;
  for (const EventRow& row : page.items)
    bytes += 400 + row.text.size() + row.normalized_text.size() + (row.raw_payload ? row.raw_payload->text.size() : 0);
  ListAnswer answer{true, std::move(page.items), 0, page.next_cursor.has_value(), page.next_cursor};
  answer.count = answer.events.size();
  auto response = http::json_response(json::to_json(answer, bytes));
  if (page.next_cursor)
    response.headers.emplace_back("Link", http::link_to_next(request, *page.next_cursor));
  return response;
}

http::Response event_response(const OneRow<EventRow>& event) {
  const EventRow& row = *event;
  auto response =
      http::json_response(json::to_json(EventAnswer{true, row}, 600 + row.text.size() + row.normalized_text.size()));
  response.etag = http::version_etag(row.row_version);
  return response;
}

http::Response settings_response(const OneRow<SettingsRow>& found) {
  const SettingsRow& row = *found;
  SettingsView view{row.id ? row.id->to_string() : "default",
                    row.contact_id,
                    row.mode,
                    row.channels,
                    row.max_auto_replies_per_day,
                    row.min_confidence,
                    row.is_active,
                    row.created_at,
                    row.updated_at,
                    row.row_version};
  return http::json_response(json::to_json(SettingsAnswer{true, std::move(view)}));
}

/// The suggestion as sent, with `message` and `text` both present: clients read either.
Result<RawJson> complete_suggestion(std::string_view body) {
  auto suggestion = json::read<SuggestionBody>(body);
  if (!suggestion)
    return suggestion.error();
  if (!suggestion->text && !suggestion->message)
    return fail(Errc::invalid_argument, "text is required", "text");
  std::string text(body);
  if (!suggestion->text || !suggestion->message) {
    // One of them is absent (or null, which the added member then overrules: jsonb keeps the last).
    text.resize(body.rfind('}'));
    text += suggestion->text ? ",\"message\":" : ",\"text\":";
    text += json::to_json(suggestion->text ? *suggestion->text : *suggestion->message) + "}";
  }
  if (auto fits = json::check_stored_size(text, "body"); !fits)
    return fits.error();
  return RawJson{std::move(text)};
}

class Handlers {
 public:
  explicit Handlers(Events& events) : events_(events) {}

  Task<Result<http::Response>> list_events(http::Request& request) {
    auto query = http::read_query<ListQuery>(request);
    if (!query)
      co_return query.error();
    EventFilter filter{query->status, query->contact_id, query->channel, query->direction};
    auto page = co_await events_.list_events(*request.context, filter, std::move(query->cursor), query->limit);
    if (!page)
      co_return page.error();
    co_return page_response(request, std::move(*page));
  }

  Task<Result<http::Response>> list_pending(http::Request& request) {
    auto query = http::read_query<PendingQuery>(request);
    if (!query)
      co_return query.error();
    auto page = co_await events_.list_pending(*request.context, query->channel, std::move(query->cursor), query->limit);
    if (!page)
      co_return page.error();
    co_return page_response(request, std::move(*page));
  }

  Task<Result<http::Response>> get_event(http::Request& request) {
    const auto id = request.path_uuid(0, "event_id");
    if (!id)
      co_return id.error();
    auto event = co_await events_.get_event(*request.context, *id);
    if (!event)
      co_return event.error();
    co_return event_response(*event);
  }

  Task<Result<http::Response>> create_event(http::Request& request) {
    auto body = http::read_body<CreateBody>(request);
    if (!body)
      co_return body.error();
    const auto plain = [](auto& text) { return text ? std::optional(std::move(text->value)) : std::nullopt; };
    NewEvent event{body->channel,
                   body->direction,
                   std::move(body->text),
                   body->contact_id,
                   std::move(body->raw_payload),
                   plain(body->template_version),
                   plain(body->persona_variant),
                   plain(body->platform_message_id),
                   {}};
    if (event.platform_message_id && event.platform_message_id->empty())
      event.platform_message_id.reset();
    auto created = co_await events_.create_event(*request.context, std::move(event));
    if (!created)
      co_return created.error();
    co_return event_response(*created);
  }

  Task<Result<http::Response>> set_status(http::Request& request) {
    const auto target = http::read_target(request, "event_id");
    if (!target)
      co_return target.error();
    const auto body = http::read_body<StatusBody>(request);
    if (!body)
      co_return body.error();
    auto changed = co_await events_.set_status(*request.context, target->id, body->autopilot_status, target->version);
    if (!changed)
      co_return changed.error();
    co_return event_response(*changed);
  }

  Task<Result<http::Response>> set_suggested_reply(http::Request& request) {
    const auto target = http::read_target(request, "event_id");
    if (!target)
      co_return target.error();
    auto suggestion = complete_suggestion(request.body);
    if (!suggestion)
      co_return suggestion.error();
    auto changed =
        co_await events_.set_suggested_reply(*request.context, target->id, std::move(*suggestion), target->version);
    if (!changed)
      co_return changed.error();
    co_return event_response(*changed);
  }

  Task<Result<http::Response>> get_settings(http::Request& request) {
    const auto query = http::read_query<SettingsQuery>(request);
    if (!query)
      co_return query.error();
    auto settings = co_await events_.get_settings(*request.context, query->contact_id);
    if (!settings)
      co_return settings.error();
    co_return settings_response(*settings);
  }

  Task<Result<http::Response>> put_settings(http::Request& request) {
    auto change = http::read_body<SettingsChange>(request);
    if (!change)
      co_return change.error();
    auto settings = co_await events_.put_settings(*request.context, std::move(*change));
    if (!settings)
      co_return settings.error();
    co_return settings_response(*settings);
  }

  Task<Result<http::Response>> get_stats(http::Request& request) {
    const auto stats = co_await events_.get_stats(*request.context);
    if (!stats)
      co_return stats.error();
    co_return http::json_response(json::to_json(*stats));
  }

 private:
  Events& events_;
};

}  // namespace

std::vector<http::Route> routes(Events& events) {
  using http::BodyPolicy, http::Idempotency, http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(events), "events");

  auto& list = table.add(Method::get, "/api/autopilot/message-events", "list_events",
                         "Message events of the caller, newest first, with every filter.", &Handlers::list_events);
  http::takes_query<ListQuery>(list);
  http::answers<ListAnswer>(list);

  auto& pending = table.add(Method::get, "/api/autopilot/message-events/pending", "list_pending",
                            "Events that wait for the autopilot, oldest first.", &Handlers::list_pending);
  http::takes_query<PendingQuery>(pending);
  http::answers<ListAnswer>(pending);

  auto& get = table.add(Method::get, "/api/autopilot/message-event/{event_id}", "get_event", "One message event.",
                        &Handlers::get_event);
  http::answers<EventAnswer>(get);
  get.error_statuses = {404};

  auto& create =
      table.add(Method::post, "/api/autopilot/message-event", "create_event",
                "Stores a message event; it waits for the autopilot. A message that came before is its event.",
                &Handlers::create_event);
  http::takes_body<CreateBody>(create);
  create.idempotency = Idempotency::optional;
  http::answers<EventAnswer>(create);
  create.error_statuses = {404, 409, 413, 415};

  auto& status = table.add(Method::patch, "/api/autopilot/message-event/{event_id}", "set_status",
                           "Changes the autopilot status; If-Match makes it conditional.", &Handlers::set_status);
  http::takes_body<StatusBody>(status);
  http::answers<EventAnswer>(status);
  status.error_statuses = {404, 412, 413, 415};

  auto& reply =
      table.add(Method::put, "/api/autopilot/message-event/{event_id}/suggested-reply", "set_suggested_reply",
                "Stores a suggested reply; a pending event becomes suggested.", &Handlers::set_suggested_reply);
  http::takes_body<SuggestionBody>(reply);
  http::answers<EventAnswer>(reply);
  reply.error_statuses = {404, 412, 413, 415};

  auto& settings =
      table.add(Method::get, "/api/autopilot/settings", "get_settings",
                "Autopilot settings of a contact, else of the caller, else the default.", &Handlers::get_settings);
  http::takes_query<SettingsQuery>(settings);
  http::answers<SettingsAnswer>(settings);

  for (const Method method : {Method::post, Method::put}) {
    auto& change =
        table.add(method, "/api/autopilot/settings", method == Method::post ? "post_settings" : "put_settings",
                  "Stores autopilot settings; absent members keep their value.", &Handlers::put_settings);
    http::takes_body<SettingsChange>(change);
    change.idempotency = method == Method::post ? Idempotency::optional : Idempotency::none;
    http::answers<SettingsAnswer>(change);
    change.error_statuses = {404, 409, 413, 415};
  }

  auto& stats = table.add(Method::get, "/api/autopilot/stats", "get_stats",
                          "What the autopilot sent today and what waits for a person.", &Handlers::get_stats);
  http::answers<StatsRow>(stats);
  return std::move(table).take();
}

}  // namespace salesflow::events
