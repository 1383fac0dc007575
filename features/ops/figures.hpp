// What operators ask and tell about kept figures: are they up to date, are they right, make one anew; and where
// analytics read from.
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::ops {

/// A roll-up, a summary, or the invalidation log of summaries.
struct FigureRow {
  std::string_view name;
  std::string_view kind;  // roll-up | summary | log
  std::string_view source;
  std::optional<std::string_view> log;     // of a summary
  std::optional<std::int64_t> rows;        // estimated above 100,000
  std::optional<std::int64_t> waiting;     // deltas or entries that wait for the worker, counted to 100,001
  std::optional<TimePoint> waiting_since;  // only known where PostgreSQL tracks commit times
  std::string_view job;                    // that works them off
  std::optional<TimePoint> last_run_at, last_success_at;
  std::optional<std::int64_t> wrong;  // groups or rows, when last verified
  std::optional<TimePoint> verified_at, rebuilt_at;
};
BOOST_DESCRIBE_STRUCT(FigureRow, (),
                      (name, kind, source, log, rows, waiting, waiting_since, job, last_run_at, last_success_at, wrong,
                       verified_at, rebuilt_at))

/// A trigger that keeps a figure and does not fire.
struct FaultRow {
  std::string_view figure, source, name;
  std::string_view fault;  // missing | disabled
  std::string_view mend;   // the statement
};
BOOST_DESCRIBE_STRUCT(FaultRow, (), (figure, source, name, fault, mend))

struct ProofRow {
  std::string_view kind;
  std::int64_t checked = 0, skipped = 0, wrong = 0;
  std::optional<TimePoint> wrong_at;  // the last time
};
BOOST_DESCRIBE_STRUCT(ProofRow, (), (kind, checked, skipped, wrong, wrong_at))

/// Live answers of 30 days held against their rows, of all nodes.
struct ProofView {
  std::string kind;
  std::int64_t checked = 0, skipped = 0, wrong = 0;
  std::optional<TimePoint> wrong_at;
  std::string says;  // "0 wrong in 30,000: at most 1 in 10,000 at 95 %"
};
BOOST_DESCRIBE_STRUCT(ProofView, (), (kind, checked, skipped, wrong, wrong_at, says))

/// What GET /api/ops/rollups and `salesflow rollup status --json` answer.
struct RollupsAnswer {
  bool ok = true;  // no alarm
  std::vector<std::string> alarms;
  RowSet<FigureRow> figures;
  RowSet<FaultRow> faults;
  std::vector<ProofView> proofs;
};
BOOST_DESCRIBE_STRUCT(RollupsAnswer, (), (ok, alarms, figures, faults, proofs))

struct VerifiedRow {
  std::string_view name, kind;
  std::int64_t wrong = 0;
  std::optional<std::string_view> mend;
};
BOOST_DESCRIBE_STRUCT(VerifiedRow, (), (name, kind, wrong, mend))

struct VerifyAnswer {
  bool ok = true;  // none is wrong, and every trigger fires
  RowSet<VerifiedRow> figures;
  RowSet<FaultRow> faults;
};
BOOST_DESCRIBE_STRUCT(VerifyAnswer, (), (ok, figures, faults))

struct RebuildRow {
  std::optional<std::string_view> kind, log;
  std::optional<std::int64_t> waiting;  // for the worker
};
BOOST_DESCRIBE_STRUCT(RebuildRow, (), (kind, log, waiting))

struct ModeRow {
  std::optional<std::string_view> mode;
  std::optional<TimePoint> changed_at;
  bool views_wanted = false;
};
BOOST_DESCRIBE_STRUCT(ModeRow, (), (mode, changed_at, views_wanted))

struct ViewRow {
  std::string_view name;
  std::int64_t every_s = 0;
  std::optional<TimePoint> refreshed_at;
  bool by_cron = false;  // pg_cron refreshes it, by the same rule
};
BOOST_DESCRIBE_STRUCT(ViewRow, (), (name, every_s, refreshed_at, by_cron))

/// What GET /api/ops/analytics and `salesflow analytics mode --json` answer.
struct AnalyticsAnswer {
  std::optional<std::string> mode;  // of all nodes; none: each node's own setting, ANALYTICS_MODE
  std::optional<TimePoint> changed_at;
  bool views_wanted = false;  // the materialized views are refreshed: somebody reads them, or an operator wants them
  RowSet<ViewRow> views;
};
BOOST_DESCRIBE_STRUCT(AnalyticsAnswer, (), (mode, changed_at, views_wanted, views))

/// Every method is one statement. What changes anything but by switch_mode is the worker's (salesflow_worker).
class FigureStore {
 public:
  virtual ~FigureStore() = default;
  virtual Task<Result<RowSet<FigureRow>>> list_figures(RequestContext& request) = 0;
  virtual Task<Result<RowSet<FaultRow>>> list_trigger_faults(RequestContext& request) = 0;
  virtual Task<Result<RowSet<ProofRow>>> list_proofs(RequestContext& request) = 0;
  virtual Task<Result<OneRow<ModeRow>>> read_mode(RequestContext& request) = 0;
  virtual Task<Result<RowSet<ViewRow>>> list_views(RequestContext& request) = 0;
  /// False: the request is no superadmin's.
  virtual Task<Result<bool>> switch_mode(RequestContext& request, std::optional<std::string> mode) = 0;

  virtual Task<Result<void>> set_mode(RequestContext& request, std::optional<std::string> mode) = 0;
  virtual Task<Result<RowSet<VerifiedRow>>> verify(RequestContext& request) = 0;
  virtual Task<Result<OneRow<RebuildRow>>> rebuild(RequestContext& request, std::string name) = 0;
  /// Does a piece of what waits for the worker: how many deltas or entries.
  virtual Task<Result<std::int64_t>> fold(RequestContext& request) = 0;
  virtual Task<Result<std::int64_t>> refresh(RequestContext& request) = 0;
};

std::unique_ptr<FigureStore> make_pg_figure_store(postgres::Database& database);

/// More entries than this in an invalidation log mean that nobody works them off, or not fast enough.
inline constexpr std::int64_t backlog_alarm = 10'000;

Task<Result<RollupsAnswer>> list_rollups(FigureStore& store, RequestContext& request);
Task<Result<VerifyAnswer>> verify_figures(FigureStore& store, RequestContext& request);
Task<Result<AnalyticsAnswer>> read_analytics(FigureStore& store, RequestContext& request);
/// For a superadmin. `mode`: live, mv, raw, or default. Errors: invalid_argument naming `mode`; forbidden.
Task<Result<AnalyticsAnswer>> switch_analytics(FigureStore& store, RequestContext& request, std::string mode);

/// None for "default". Errors: invalid_argument naming `mode`.
Result<std::optional<std::string>> parse_mode(const std::string& mode);

}  // namespace salesflow::ops
