#include "apps/salesflow/compose/composition.hpp"
#include "features/ops/routes.hpp"
#include "features/ops/store.hpp"

namespace salesflow::apps {
namespace {

struct OpsSlice {
  explicit OpsSlice(postgres::Database& db) : store(ops::make_pg_store(db)), figures(ops::make_pg_figure_store(db)) {}
  std::unique_ptr<ops::Store> store;
  std::unique_ptr<ops::FigureStore> figures;
};

}  // namespace

void add_ops(Composition& to) {
  auto& slice = to.keep<OpsSlice>(to.app_db);
  to.router.add(ops::routes(*slice.store, *slice.figures));
}

}  // namespace salesflow::apps
