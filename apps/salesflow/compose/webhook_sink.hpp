// Where webhooks meet message events: neither slice knows the other.
#pragma once

#include "features/events/events.hpp"
#include "features/webhooks/webhooks.hpp"

namespace salesflow::apps {

/// Stores what webhooks deliver by the rules of message events.
class WebhookSink final : public webhooks::MessageSink {
 public:
  explicit WebhookSink(events::Events& events) : events_(events) {}
  Task<Result<Uuid>> create_event(RequestContext& request, webhooks::IncomingMessage message) override;

 private:
  events::Events& events_;
};

}  // namespace salesflow::apps
