#include "apps/salesflow/compose/composition.hpp"
#include "features/scoring/routes.hpp"
#include "features/scoring/store.hpp"

namespace salesflow::apps {

void add_scoring(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<scoring::Store, scoring::Scoring>>(scoring::make_pg_store(to.app_db));
  to.router.add(scoring::routes(slice.use_case));
}

}  // namespace salesflow::apps
