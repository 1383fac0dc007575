#include "apps/salesflow/compose/composition.hpp"
#include "features/tasks/routes.hpp"
#include "features/tasks/store.hpp"

namespace salesflow::apps {

void add_tasks(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<tasks::Store, tasks::Tasks>>(tasks::make_pg_store(to.app_db));
  to.router.add(tasks::routes(slice.use_case));
}

}  // namespace salesflow::apps
