#include <boost/describe.hpp>

#include "features/analytics/mode_store.hpp"
#include "features/analytics/queries.hpp"
#include "platform/core/enums.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::analytics {
namespace {

struct ModeRow {
  std::optional<std::string_view> mode;
  TimePoint views_wanted_until;
};
BOOST_DESCRIBE_STRUCT(ModeRow, (), (mode, views_wanted_until))

class PgModeStore final : public ModeStore {
 public:
  explicit PgModeStore(postgres::Database& database) : db_(database) {}

  Task<Result<Mode>> read_mode(RequestContext& request) override {
    const auto row = co_await db_.read_one<ModeRow>(request, sql::read_mode);
    if (!row)
      co_return row.error();
    Mode mode;
    if (*row) {
      mode.mode = (*row)->mode ? enum_value<Source>(*(*row)->mode) : std::nullopt;
      mode.views_wanted_until = (*row)->views_wanted_until;
    }
    co_return mode;
  }

  Task<Result<void>> want_views(RequestContext& request) override {
    const auto wanted = co_await db_.write_one<TimePoint>(request, sql::want_views);
    if (!wanted)
      co_return wanted.error();
    co_return Result<void>();
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<ModeStore> make_pg_mode_store(postgres::Database& auth_db) {
  return std::make_unique<PgModeStore>(auth_db);
}

}  // namespace salesflow::analytics
