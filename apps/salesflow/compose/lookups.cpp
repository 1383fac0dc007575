#include "apps/salesflow/compose/composition.hpp"
#include "features/lookups/routes.hpp"
#include "features/lookups/store.hpp"

namespace salesflow::apps {

void add_lookups(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<lookups::Store, lookups::Lookups>>(lookups::make_pg_store(to.app_db));
  to.router.add(lookups::routes(slice.use_case));
}

}  // namespace salesflow::apps
