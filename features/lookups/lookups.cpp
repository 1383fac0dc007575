#include "features/lookups/lookups.hpp"

#include "features/lookups/store.hpp"

namespace salesflow::lookups {

Task<Result<RowSet<ValueRow>>> Lookups::list_contact_values(RequestContext& request, ContactValue kind) {
  co_return co_await store_.list_contact_values(request, kind, values_max);
}

Task<Result<RowSet<ValueRow>>> Lookups::list_sources(RequestContext& request) {
  co_return co_await store_.list_sources(request, values_max);
}

Task<Result<RowSet<ValueRow>>> Lookups::list_stages(RequestContext& request) {
  co_return co_await store_.list_stages(request, values_max);
}

Task<Result<RowSet<ValueRow>>> Lookups::list_pipelines(RequestContext& request) {
  co_return co_await store_.list_pipelines(request, values_max);
}

}  // namespace salesflow::lookups
