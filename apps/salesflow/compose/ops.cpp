#include "apps/salesflow/compose/cache_policies.hpp"
#include "apps/salesflow/compose/composition.hpp"
#include "features/ops/routes.hpp"
#include "features/ops/store.hpp"

namespace salesflow::apps {
namespace {

struct OpsSlice {
  OpsSlice(postgres::Database& db, cache::Cache& cache)
      : rights(ops::make_pg_right_store(db)),
        store(ops::make_pg_store(db)),
        figures(ops::make_pg_figure_store(db)),
        cache_store(ops::make_pg_cache_store(db)),
        cache_keys(cache) {}
  std::unique_ptr<ops::RightStore> rights;
  std::unique_ptr<ops::Store> store;
  std::unique_ptr<ops::FigureStore> figures;
  std::unique_ptr<ops::CacheStore> cache_store;
  CacheKeysInRedis cache_keys;
};

}  // namespace

void add_ops(Composition& to) {
  auto& slice = to.keep<OpsSlice>(to.app_db, to.cache);
  to.router.add(ops::routes(*slice.rights, *slice.store, *slice.figures));
  to.router.add(ops::cache_routes(*slice.rights, *slice.cache_store, slice.cache_keys,
                                  cache_policies(to.shared.config.cache.policies)));
}

}  // namespace salesflow::apps
