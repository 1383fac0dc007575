#include "features/ops/queries.hpp"
#include "features/ops/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::ops {
namespace {

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<JobRow>>> list_jobs(RequestContext& request) override {
    return db_.read<JobRow>(request, sql::list_jobs);
  }

  Task<Result<RowSet<ChangesRow>>> list_changes(RequestContext& request) override {
    return db_.read<ChangesRow>(request, sql::list_changes);
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::ops
