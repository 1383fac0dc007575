#include "features/ops/speed.hpp"

namespace salesflow::ops {

Task<Result<IndexesAnswer>> list_index_use(SpeedStore& store, RequestContext& request) {
  IndexesAnswer answer;
  const auto statistics = co_await store.read_statistics(request);
  if (!statistics)
    co_return statistics.error();
  if (*statistics)
    answer.since = (*statistics)->began_at;
  auto tables = co_await store.list_tables(request);
  if (!tables)
    co_return tables.error();
  auto indexes = co_await store.list_indexes(request);
  if (!indexes)
    co_return indexes.error();
  answer.tables = std::move(*tables);
  answer.indexes = std::move(*indexes);
  co_return answer;
}

}  // namespace salesflow::ops
