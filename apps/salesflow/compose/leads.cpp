#include "apps/salesflow/compose/composition.hpp"
#include "apps/salesflow/compose/proofs.hpp"
#include "features/leads/routes.hpp"
#include "features/leads/store.hpp"
#include "platform/proof/prover.hpp"

namespace salesflow::apps {
namespace {

AnalyticsSource source_of(analytics::Source mode) {
  switch (mode) {
    case analytics::Source::mv:
      return AnalyticsSource::mv;
    case analytics::Source::raw:
      return AnalyticsSource::raw;
    case analytics::Source::live:
      break;
  }
  return AnalyticsSource::live;
}

}  // namespace

void add_leads(Composition& to) {
  auto& slice = to.keep<StoreAndUseCase<leads::Store, leads::Leads>>(leads::make_pg_store(to.app_db));
  auto source = [&mode = to.shared.analytics_mode] { return source_of(mode.load()); };
  to.router.add(leads::routes(slice.use_case, system_now, std::move(source), &keep_prover(to)));
}

}  // namespace salesflow::apps
