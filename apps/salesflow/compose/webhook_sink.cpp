#include "apps/salesflow/compose/webhook_sink.hpp"

#include "platform/core/enums.hpp"

namespace salesflow::apps {

Task<Result<Uuid>> WebhookSink::create_event(RequestContext& request, webhooks::IncomingMessage message) {
  const auto channel = enum_value<events::Channel>(message.channel);
  const auto direction = enum_value<events::Direction>(message.direction);
  if (!channel || !direction)
    co_return fail(Errc::internal, "Something went wrong", {}, "a webhook's channel or direction is no event's");
  events::NewEvent event;
  event.channel = *channel;
  event.direction = *direction;
  event.text = std::move(message.text);
  event.contact_id = message.contact_id;
  event.raw_payload = std::move(message.raw_payload);
  event.platform_message_id = std::move(message.message_id);
  event.id = message.event_id;
  const std::string text = message.is_key ? event.text : std::string();
  auto created = co_await events_.create_event(request, std::move(event));
  if (!created)
    co_return created.error();
  if (message.is_key && (*created)->id != message.event_id && (*created)->text != text)
    co_return fail(Errc::invalid_argument, "This Idempotency-Key was used for another message", "Idempotency-Key");
  co_return (*created)->id;
}

}  // namespace salesflow::apps
