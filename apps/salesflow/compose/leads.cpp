#include "apps/salesflow/compose/composition.hpp"
#include "features/leads/routes.hpp"
#include "features/leads/store.hpp"

namespace salesflow::apps {

void add_leads(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<leads::Store, leads::Leads>>(leads::make_pg_store(to.app_db));
  to.router.add(leads::routes(slice.use_case));
}

}  // namespace salesflow::apps
