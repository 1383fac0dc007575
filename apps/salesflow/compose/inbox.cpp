#include "apps/salesflow/compose/composition.hpp"
#include "apps/salesflow/compose/proofs.hpp"
#include "features/inbox/routes.hpp"
#include "features/inbox/store.hpp"

namespace salesflow::apps {

void add_inbox(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<inbox::Store, inbox::Inbox>>(inbox::make_pg_store(to.app_db));
  to.router.add(inbox::routes(slice.use_case, &keep_prover(to)));
}

}  // namespace salesflow::apps
