#include "features/analytics/queries.hpp"
#include "features/analytics/summary_store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::analytics {
namespace {

class PgSummaryStore final : public SummaryStore {
 public:
  explicit PgSummaryStore(postgres::Database& database) : db_(database) {}

  Task<Result<OneRow<SummaryRow>>> read_summary(RequestContext& request, std::int32_t days, TimePoint at) override {
    return db_.read_one<SummaryRow>(request, sql::read_user_summary, request.identity.user_id, days, at,
                                    request.identity.org_id);
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<SummaryStore> make_pg_summary_store(postgres::Database& database) {
  return std::make_unique<PgSummaryStore>(database);
}

}  // namespace salesflow::analytics
