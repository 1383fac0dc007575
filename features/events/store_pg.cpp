#include <algorithm>

#include "features/events/queries.hpp"
#include "features/events/store.hpp"
#include "platform/core/enums.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::events {
namespace {

std::optional<RawJson> to_json_array(const std::optional<std::vector<Channel>>& channels) {
  if (!channels)
    return std::nullopt;
  std::string text = "[";
  for (const Channel channel : *channels) {
    if (text.size() > 1)
      text += ',';
    text.append("\"").append(enum_name(channel)).append("\"");
  }
  return RawJson{text + "]"};
}

std::optional<Uuid> org_of(const RequestContext& request) {
  return request.identity.org_id.is_nil() ? std::nullopt : std::optional(request.identity.org_id);
}

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<EventRow>>> list_events(RequestContext& request, EventFilter filter, TimePosition after,
                                             std::int64_t limit_rows) override {
    using list = sql::list_events;
    const unsigned mask = (filter.status ? list::status : 0U) | (filter.contact_id ? list::contact : 0U) |
                          (filter.channel ? list::channel : 0U) | (filter.direction ? list::direction : 0U);
    return db_.read_page<EventRow>(request, list::pick(mask), request.identity.user_id, after.at, after.id, limit_rows,
                                   filter.status, filter.contact_id, filter.channel, filter.direction);
  }

  Task<Result<RowSet<EventRow>>> list_pending(RequestContext& request, std::optional<Channel> channel,
                                              TimePosition after, std::int64_t limit_rows) override {
    using list = sql::list_pending;
    return db_.read_page<EventRow>(request, list::pick(0, channel ? list::Queue::channel : list::Queue::all),
                                   request.identity.user_id, after.at, after.id, limit_rows, channel);
  }

  Task<Result<OneRow<EventRow>>> get_event(RequestContext& request, Uuid event_id) override {
    return db_.read_one<EventRow>(request, sql::get_event, request.identity.user_id, event_id);
  }

  Task<Result<OneRow<EventRow>>> create_event(RequestContext& request, Uuid id, NewEvent event,
                                              std::string normalized_text) override {
    if (event.platform_message_id) {
      return db_.write_one<EventRow>(request, sql::create_event_once, id, request.identity.user_id, org_of(request),
                                     event.contact_id, event.channel, event.direction, std::move(event.text),
                                     std::move(normalized_text), std::move(event.raw_payload),
                                     std::move(event.template_version), std::move(event.persona_variant),
                                     std::move(event.platform_message_id));
    }
    return db_.write_one<EventRow>(request, sql::create_event, id, request.identity.user_id, org_of(request),
                                   event.contact_id, event.channel, event.direction, std::move(event.text),
                                   std::move(normalized_text), std::move(event.raw_payload),
                                   std::move(event.template_version), std::move(event.persona_variant));
  }

  Task<Result<OneRow<EventRow>>> find_message(RequestContext& request, Channel channel,
                                              std::string platform_message_id) override {
    return db_.write_one<EventRow>(request, sql::find_message, request.identity.user_id, channel,
                                   std::move(platform_message_id));
  }

  Task<Result<OneRow<EventRow>>> set_status(RequestContext& request, Uuid event_id, Status status,
                                            std::optional<std::int64_t> row_version) override {
    using set = sql::set_status;
    return db_.write_one<EventRow>(request, set::pick(row_version ? set::version : 0U), request.identity.user_id,
                                   event_id, status, row_version);
  }

  Task<Result<OneRow<EventRow>>> set_suggested_reply(RequestContext& request, Uuid event_id, RawJson suggested_reply,
                                                     std::optional<std::int64_t> row_version) override {
    using set = sql::set_suggested_reply;
    return db_.write_one<EventRow>(request, set::pick(row_version ? set::version : 0U), request.identity.user_id,
                                   event_id, std::move(suggested_reply), row_version);
  }

  Task<Result<OneRow<SettingsRow>>> get_settings(RequestContext& request, std::optional<Uuid> contact_id) override {
    return db_.read_one<SettingsRow>(request, sql::get_settings, request.identity.user_id, contact_id.value_or(Uuid{}));
  }

  Task<Result<OneRow<SettingsRow>>> put_settings(RequestContext& request, Uuid id, SettingsChange change) override {
    const auto number = [](const auto& ranged) {
      return ranged ? std::optional<std::int32_t>(ranged->value) : std::nullopt;
    };
    const auto mode = change.mode ? std::optional(enum_name(*change.mode)) : std::nullopt;
    return db_.write_one<SettingsRow>(request, sql::put_settings, id, request.identity.user_id, change.contact_id, mode,
                                      to_json_array(change.channels), number(change.max_auto_replies_per_day),
                                      number(change.min_confidence), change.is_active, org_of(request));
  }

  Task<Result<OneRow<StatsRow>>> get_stats(RequestContext& request, TimePoint since) override {
    return db_.read_one<StatsRow>(request, sql::get_stats, request.identity.user_id, since);
  }

  Task<Result<RowSet<KnownContact>>> find_contacts(RequestContext& request, std::vector<Uuid> ids) override {
    return db_.read<KnownContact>(request, sql::find_contacts, request.identity.user_id, org_of(request),
                                  std::move(ids));
  }

  Task<Result<std::vector<Uuid>>> import_events(RequestContext& request, ImportBatch batch) override {
    const bool named = std::any_of(batch.message_ids.begin(), batch.message_ids.end(),
                                   [](const auto& message_id) { return message_id.has_value(); });
    if (!named) {
      auto ids = batch.ids;
      const auto stored = co_await run_import<std::uint64_t>(request, sql::import_events, std::move(batch));
      if (!stored)
        co_return stored.error();
      co_return ids;
    }
    auto message_ids = std::move(batch.message_ids);
    auto made =
        co_await run_import<RowSet<Uuid>>(request, sql::import_events_once, std::move(batch), std::move(message_ids));
    if (!made)
      co_return made.error();
    co_return std::move(made->rows);
  }

 private:
  template <class Made, class... More>
  Task<Result<Made>> run_import(RequestContext& request, const Query& query, ImportBatch batch, More... more) {
    const auto run = [&](auto... arguments) {
      if constexpr (std::is_same_v<Made, std::uint64_t>)
        return db_.write(request, query, std::move(arguments)...);
      else
        return db_.read<Uuid>(request, query, std::move(arguments)...);
    };
    return run(request.identity.user_id, org_of(request), std::move(batch.ids), std::move(batch.contact_ids),
               std::move(batch.channels), std::move(batch.directions), std::move(batch.texts),
               std::move(batch.normalized_texts), std::move(batch.raw_payloads), std::move(batch.statuses),
               std::move(batch.template_versions), std::move(batch.persona_variants), std::move(batch.created_ats),
               std::move(more)...);
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::events
