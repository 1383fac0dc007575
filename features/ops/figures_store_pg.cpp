#include "features/ops/figures.hpp"
#include "features/ops/queries.hpp"
#include "features/ops/switched.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::ops {
namespace {

class PgFigureStore final : public FigureStore {
 public:
  explicit PgFigureStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<FigureRow>>> list_figures(RequestContext& request) override {
    return db_.read<FigureRow>(request, sql::list_figures);
  }
  Task<Result<RowSet<FaultRow>>> list_trigger_faults(RequestContext& request) override {
    return db_.read<FaultRow>(request, sql::list_trigger_faults);
  }
  Task<Result<RowSet<ProofRow>>> list_proofs(RequestContext& request) override {
    return db_.read<ProofRow>(request, sql::list_proofs);
  }
  Task<Result<OneRow<ModeRow>>> read_mode(RequestContext& request) override {
    return db_.read_one<ModeRow>(request, sql::read_analytics_mode);
  }
  Task<Result<RowSet<ViewRow>>> list_views(RequestContext& request) override {
    return db_.read<ViewRow>(request, sql::list_view_refreshes);
  }
  Task<Result<bool>> switch_mode(RequestContext& request, std::optional<std::string> mode) override {
    co_return was_allowed(co_await db_.write_one<SwitchedRow>(request, sql::switch_analytics_mode, std::move(mode)),
                          &SwitchedRow::changed_at);
  }

  Task<Result<void>> set_mode(RequestContext& request, std::optional<std::string> mode) override {
    co_return was_done(co_await db_.write_one<SwitchedRow>(request, sql::set_analytics_mode, std::move(mode)));
  }
  Task<Result<RowSet<VerifiedRow>>> verify(RequestContext& request) override {
    return db_.read<VerifiedRow>(request, sql::verify_figures);
  }
  Task<Result<OneRow<RebuildRow>>> rebuild(RequestContext& request, std::string name) override {
    return db_.write_one<RebuildRow>(request, sql::rebuild_figure, std::move(name));
  }
  Task<Result<std::int64_t>> fold(RequestContext& request) override { return count(request, sql::fold_figures); }
  Task<Result<std::int64_t>> refresh(RequestContext& request) override { return count(request, sql::refresh_figures); }

 private:
  Task<Result<std::int64_t>> count(RequestContext& request, const Query& query) {
    const auto done = co_await db_.write_one<std::int64_t>(request, query);
    if (!done)
      co_return done.error();
    co_return done->row.value_or(0);
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<FigureStore> make_pg_figure_store(postgres::Database& database) {
  return std::make_unique<PgFigureStore>(database);
}

}  // namespace salesflow::ops
