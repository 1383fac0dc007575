#include "apps/salesflow/compose/composition.hpp"
#include "features/approvals/routes.hpp"
#include "features/approvals/store.hpp"

namespace salesflow::apps {

void add_approvals(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<approvals::Store, approvals::Approvals>>(approvals::make_pg_store(to.app_db));
  to.router.add(approvals::routes(slice.use_case));
}

}  // namespace salesflow::apps
