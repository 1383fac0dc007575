#include <boost/describe.hpp>

#include "features/analytics/queries.hpp"
#include "features/analytics/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::analytics {
namespace {

struct RefreshedView {
  std::optional<std::string_view> name;
};
BOOST_DESCRIBE_STRUCT(RefreshedView, (), (name))

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<std::int64_t>> fold_rollups(RequestContext& request) override {
    const auto folded = co_await db_.write_one<std::int64_t>(request, sql::fold_rollups);
    if (!folded)
      co_return folded.error();
    co_return folded->row.value_or(0);
  }

  Task<Result<std::int64_t>> refresh_summaries(RequestContext& request) override {
    const auto taken = co_await db_.write_one<std::int64_t>(request, sql::refresh_summaries);
    if (!taken)
      co_return taken.error();
    co_return taken->row.value_or(0);
  }

  Task<Result<std::int64_t>> count_invalidations(RequestContext& request) override {
    const auto entries = co_await db_.read_one<std::int64_t>(request, sql::count_invalidations);
    if (!entries)
      co_return entries.error();
    co_return entries->row.value_or(0);
  }

  Task<Result<bool>> is_view_due(RequestContext& request) override {
    const auto due = co_await db_.read_one<bool>(request, sql::is_view_due);
    if (!due)
      co_return due.error();
    const bool is_due = due->row.value_or(false);
    co_return is_due;
  }

  Task<Result<std::optional<std::string>>> refresh_due_view(RequestContext& request) override {
    const auto refreshed = co_await db_.write_one<RefreshedView>(request, sql::refresh_due_view);
    if (!refreshed)
      co_return refreshed.error();
    std::optional<std::string> name;
    if (*refreshed && (*refreshed)->name)
      name = *(*refreshed)->name;
    co_return name;
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& worker_db) {
  return std::make_unique<PgStore>(worker_db);
}

}  // namespace salesflow::analytics
