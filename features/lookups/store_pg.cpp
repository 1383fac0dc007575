#include "features/lookups/queries.hpp"
#include "features/lookups/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::lookups {
namespace {

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<ValueRow>>> list_contact_values(RequestContext& request, ContactValue kind,
                                                     std::int64_t limit_rows) override {
    using list = sql::list_contact_values;
    const auto choice = kind == ContactValue::industry ? list::Kind::industry : list::Kind::tag;
    return db_.read<ValueRow>(request, list::pick(0, choice), request.identity.org_id, limit_rows);
  }

  Task<Result<RowSet<ValueRow>>> list_sources(RequestContext& request, std::int64_t limit_rows) override {
    return db_.read<ValueRow>(request, sql::list_sources, request.identity.user_id, limit_rows);
  }

  Task<Result<RowSet<ValueRow>>> list_stages(RequestContext& request, std::int64_t limit_rows) override {
    return db_.read<ValueRow>(request, sql::list_stages, request.identity.org_id, limit_rows);
  }

  Task<Result<RowSet<ValueRow>>> list_pipelines(RequestContext& request, std::int64_t limit_rows) override {
    return db_.read<ValueRow>(request, sql::list_pipelines, request.identity.org_id, limit_rows);
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::lookups
