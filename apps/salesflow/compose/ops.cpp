#include "apps/salesflow/compose/composition.hpp"
#include "features/ops/routes.hpp"
#include "features/ops/store.hpp"

namespace salesflow::apps {
namespace {

struct OpsSlice {
  explicit OpsSlice(postgres::Database& db) : store(ops::make_pg_store(db)) {}
  std::unique_ptr<ops::Store> store;
};

}  // namespace

void add_ops(Composition& to) {
  to.router.add(ops::routes(*to.keep<OpsSlice>(to.app_db).store));
}

}  // namespace salesflow::apps
