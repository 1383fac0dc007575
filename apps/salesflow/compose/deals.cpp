#include "apps/salesflow/compose/composition.hpp"
#include "apps/salesflow/compose/proofs.hpp"
#include "features/deals/routes.hpp"
#include "features/deals/store.hpp"

namespace salesflow::apps {

void add_deals(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<deals::Store, deals::Deals>>(deals::make_pg_store(to.app_db));
  to.router.add(deals::routes(slice.use_case, &keep_prover(to)));
}

}  // namespace salesflow::apps
