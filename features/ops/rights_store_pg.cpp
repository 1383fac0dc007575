#include "features/ops/queries.hpp"
#include "features/ops/rights.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::ops {
namespace {

class PgRightStore final : public RightStore {
 public:
  explicit PgRightStore(postgres::Database& database) : db_(database) {}

  Task<Result<bool>> may_operate(RequestContext& request) override {
    const auto row = co_await db_.read_one<RightRow>(request, sql::may_operate);
    if (!row)
      co_return row.error();
    const bool may = *row && (*row)->may;
    co_return Result<bool>(may);
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<RightStore> make_pg_right_store(postgres::Database& database) {
  return std::make_unique<PgRightStore>(database);
}

}  // namespace salesflow::ops
