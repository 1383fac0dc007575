#include "apps/salesflow/compose/composition.hpp"
#include "features/imports/routes.hpp"
#include "features/imports/store.hpp"

namespace salesflow::apps {

void add_imports(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<imports::Store, imports::Imports>>(imports::make_pg_store(to.app_db));
  to.router.add(imports::routes(slice.use_case));
}

}  // namespace salesflow::apps
