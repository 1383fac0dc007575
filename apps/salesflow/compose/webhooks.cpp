#include "apps/salesflow/compose/composition.hpp"
#include "apps/salesflow/compose/webhook_sink.hpp"
#include "features/events/store.hpp"
#include "features/webhooks/routes.hpp"
#include "features/webhooks/store.hpp"

namespace salesflow::apps {
namespace {

struct WebhooksSlice {
  explicit WebhooksSlice(Composition& to)
      : events(events::make_pg_store(to.app_db)),
        sink(events.use_case),
        store(webhooks::make_pg_store(to.auth_db, to.app_db)),
        webhooks(*store, sink, to.shared.config.webhooks) {}
  StoreAndUseCase<events::Store, events::Events> events;
  WebhookSink sink;
  std::unique_ptr<webhooks::Store> store;
  webhooks::Webhooks webhooks;
};

}  // namespace

void add_webhooks(Composition& to) {
  auto& slice = to.keep<WebhooksSlice>(to);
  to.router.add(webhooks::routes(slice.webhooks, to.shared.webhook_limiter));
}

}  // namespace salesflow::apps
