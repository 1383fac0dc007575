#include "features/ops/cache_store.hpp"
#include "features/ops/queries.hpp"
#include "features/ops/switched.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::ops {
namespace {

struct FlushedRow {
  std::optional<std::int64_t> flushes;
};
BOOST_DESCRIBE_STRUCT(FlushedRow, (), (flushes))

class PgCacheStore final : public CacheStore {
 public:
  explicit PgCacheStore(postgres::Database& database) : db_(database) {}

  Task<Result<OneRow<CacheSwitchRow>>> read_switch(RequestContext& request) override {
    return db_.read_one<CacheSwitchRow>(request, sql::read_cache_switch);
  }
  Task<Result<RowSet<CacheNodeRow>>> list_nodes(RequestContext& request) override {
    return db_.read<CacheNodeRow>(request, sql::list_cache_nodes);
  }
  Task<Result<RowSet<CacheFigureRow>>> list_figures(RequestContext& request) override {
    return db_.read<CacheFigureRow>(request, sql::list_cache_figures);
  }
  Task<Result<bool>> switch_cache(RequestContext& request, std::optional<bool> is_on) override {
    co_return was_allowed(co_await db_.write_one<SwitchedRow>(request, sql::switch_cache, is_on),
                          &SwitchedRow::changed_at);
  }
  Task<Result<bool>> empty_cache(RequestContext& request, bool memory_only) override {
    co_return was_allowed(co_await db_.write_one<FlushedRow>(request, sql::empty_cache, memory_only),
                          &FlushedRow::flushes);
  }

  Task<Result<void>> set_switch(RequestContext& request, std::optional<bool> is_on) override {
    co_return was_done(co_await db_.write_one<SwitchedRow>(request, sql::set_cache_switch, is_on));
  }
  Task<Result<void>> flush(RequestContext& request, bool memory_only) override {
    co_return was_done(co_await db_.write_one<FlushedRow>(request, sql::flush_cache, memory_only));
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<CacheStore> make_pg_cache_store(postgres::Database& database) {
  return std::make_unique<PgCacheStore>(database);
}

}  // namespace salesflow::ops
