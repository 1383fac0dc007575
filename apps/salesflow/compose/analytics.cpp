#include "apps/salesflow/compose/composition.hpp"
#include "apps/salesflow/compose/proofs.hpp"
#include "features/analytics/dashboard_proof.hpp"
#include "features/analytics/dashboard_routes.hpp"
#include "features/analytics/dashboard_store.hpp"
#include "features/analytics/feedback_store.hpp"
#include "features/analytics/summary_routes.hpp"
#include "features/analytics/summary_store.hpp"
#include "features/analytics/templates_proof.hpp"
#include "features/analytics/templates_routes.hpp"
#include "features/analytics/timeseries_routes.hpp"
#include "features/analytics/timeseries_store.hpp"

namespace salesflow::apps {

// Each screen of figures is a few lines here: its store, its use case, its routes.
void add_analytics(Composition& to) {
  auto& dashboard = to.keep<StoreAndUseCase<analytics::DashboardStore, analytics::Dashboard>>(
      analytics::make_pg_dashboard_store(to.app_db));
  auto& feedback = to.keep<StoreAndUseCase<analytics::FeedbackStore, analytics::FeedbackUseCase>>(
      analytics::make_pg_feedback_store(to.app_db));
  auto& prover = keep_prover(to);
  auto& proven = to.keep<analytics::ProvenDashboard>(dashboard.use_case, prover);
  to.router.add(analytics::dashboard_routes(proven, feedback.use_case, to.shared.analytics_mode));
  auto& series = to.keep<StoreAndUseCase<analytics::TimeSeriesStore, analytics::TimeSeriesReader>>(
      analytics::make_pg_timeseries_store(to.app_db));
  to.router.add(analytics::timeseries_routes(series.use_case));
  auto& summary = to.keep<StoreAndUseCase<analytics::SummaryStore, analytics::Summary>>(
      analytics::make_pg_summary_store(to.app_db));
  to.router.add(analytics::summary_routes(summary.use_case));
  auto& templates = to.keep<StoreAndUseCase<analytics::TemplateStore, analytics::Templates>>(
      analytics::make_pg_template_store(to.app_db));
  auto& proven_templates = to.keep<analytics::ProvenTemplates>(templates.use_case, keep_prover(to));
  to.router.add(analytics::template_routes(proven_templates, to.shared.analytics_mode));
}

}  // namespace salesflow::apps
