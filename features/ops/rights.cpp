#include "features/ops/rights.hpp"

namespace salesflow::ops {

Task<Result<void>> check_operator(RightStore& store, RequestContext& request) {
  if (request.identity.superadmin)
    co_return Result<void>();
  const auto may = co_await store.may_operate(request);
  if (!may)
    co_return may.error();
  if (!*may)
    co_return fail(Errc::forbidden, "This needs an operator");
  co_return Result<void>();
}

}  // namespace salesflow::ops
