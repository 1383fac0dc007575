#include <boost/describe.hpp>

#include "platform/cache/queries.hpp"
#include "platform/cache/store.hpp"
#include "platform/core/time.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::cache {
namespace {

struct SwitchRow {
  std::optional<bool> is_on;
  std::int64_t flushes = 0, memory_flushes = 0;
};
BOOST_DESCRIBE_STRUCT(SwitchRow, (), (is_on, flushes, memory_flushes))

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<Switch>> read_switch(RequestContext& request) override {
    const auto row = co_await db_.read_one<SwitchRow>(request, sql::read_switch);
    if (!row)
      co_return row.error();
    Switch told;
    if (*row)
      told = {(*row)->is_on, (*row)->flushes, (*row)->memory_flushes};
    co_return told;
  }

  Task<Result<void>> note_node(RequestContext& request, NodeState s) override {
    const auto noted = co_await db_.write_one<TimePoint>(request, sql::note_node, std::move(s.node), s.is_on, s.hears,
                                                         s.flushes, s.memory_bytes, s.memory_entries, s.proofs_checked,
                                                         s.proofs_wrong, s.age_max_ms, s.bumps_failed);
    if (!noted)
      co_return noted.error();
    co_return Result<void>();
  }

  Task<Result<void>> note_figures(RequestContext& request, FiguresOfNode f) override {
    const auto noted = co_await db_.write_one<std::int64_t>(
        request, sql::note_figures, std::move(f.node), std::move(f.policies), std::move(f.ttl_ms), std::move(f.hit),
        std::move(f.stale), std::move(f.joined), std::move(f.miss), std::move(f.bypass), std::move(f.stored),
        std::move(f.too_large), std::move(f.invalidated), std::move(f.expired), std::move(f.made),
        std::move(f.made_us));
    if (!noted)
      co_return noted.error();
    co_return Result<void>();
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& auth_db) {
  return std::make_unique<PgStore>(auth_db);
}

}  // namespace salesflow::cache
