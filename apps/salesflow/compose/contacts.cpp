#include "apps/salesflow/compose/composition.hpp"
#include "features/contacts/routes.hpp"
#include "features/contacts/store.hpp"

namespace salesflow::apps {

void add_contacts(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<contacts::Store, contacts::Contacts>>(contacts::make_pg_store(to.app_db));
  to.router.add(contacts::routes(slice.use_case));
}

}  // namespace salesflow::apps
