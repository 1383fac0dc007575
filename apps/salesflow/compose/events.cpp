#include "apps/salesflow/compose/composition.hpp"
#include "features/events/routes.hpp"
#include "features/events/store.hpp"

namespace salesflow::apps {

void add_events(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<events::Store, events::Events>>(events::make_pg_store(to.app_db));
  to.router.add(events::routes(slice.use_case));
}

}  // namespace salesflow::apps
