#include "features/ops/queries.hpp"
#include "features/ops/speed.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::ops {
namespace {

class PgSpeedStore final : public SpeedStore {
 public:
  explicit PgSpeedStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<TableUseRow>>> list_tables(RequestContext& request) override {
    return db_.read<TableUseRow>(request, sql::list_table_use);
  }
  Task<Result<RowSet<IndexUseRow>>> list_indexes(RequestContext& request) override {
    return db_.read<IndexUseRow>(request, sql::list_index_use);
  }
  Task<Result<OneRow<StatisticsRow>>> read_statistics(RequestContext& request) override {
    return db_.read_one<StatisticsRow>(request, sql::read_statistics_age);
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<SpeedStore> make_pg_speed_store(postgres::Database& database) {
  return std::make_unique<PgSpeedStore>(database);
}

}  // namespace salesflow::ops
