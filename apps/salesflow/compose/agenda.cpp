#include "apps/salesflow/compose/composition.hpp"
#include "features/agenda/routes.hpp"
#include "features/agenda/store.hpp"

namespace salesflow::apps {

void add_agenda(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<agenda::Store, agenda::Agenda>>(agenda::make_pg_store(to.app_db));
  to.router.add(agenda::routes(slice.use_case));
}

}  // namespace salesflow::apps
