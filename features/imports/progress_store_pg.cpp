#include "features/imports/progress.hpp"
#include "features/imports/queries.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::imports {
namespace {

class PgProgressStore final : public ProgressStore {
 public:
  explicit PgProgressStore(postgres::Database& worker_db) : db_(worker_db) {}

  Task<Result<RowSet<ProgressRow>>> list_progress(RequestContext& request, std::vector<JobKey> keys) override {
    std::vector<Uuid> users, jobs;
    for (std::size_t i = keys.size() > asked_max ? keys.size() - asked_max : 0; i < keys.size(); ++i) {
      users.push_back(keys[i].user_id);
      jobs.push_back(keys[i].id);
    }
    return db_.read<ProgressRow>(request, sql::list_progress, std::move(users), std::move(jobs));
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<ProgressStore> make_pg_progress_store(postgres::Database& worker_db) {
  return std::make_unique<PgProgressStore>(worker_db);
}

}  // namespace salesflow::imports
