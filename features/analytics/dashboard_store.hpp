// Where sessions of dashboards are read.
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "features/analytics/dashboard.hpp"
#include "platform/core/row_set.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::analytics {

/// The range of a query as the database completes it: `last` absent is today, `first` absent is `days` before.
struct DayRange {
  std::optional<Date> first;
  std::optional<Date> last;
  std::int32_t days = 30;
  bool compare = false;  // with as many days before the first
};

/// A row of what summaries tell; `kind` says which members it has.
struct SessionDayRow {
  enum Kind : std::int16_t { moment, local_day, utc_day, session };
  std::int16_t kind = moment;
  std::optional<TimePoint>
      at;  // of moment and session; of local_day its begin. The last local day is the end of the one before
  std::optional<Date> day;  // of moment: the first day asked for
  std::optional<std::span<const std::byte>> quarters, people;
  std::optional<std::int32_t> number;
  std::optional<Uuid> user_id;
  std::optional<std::string_view> outcome;
  std::optional<std::int64_t> reward;
};
BOOST_DESCRIBE_STRUCT(SessionDayRow, (), (kind, at, day, quarters, people, number, user_id, outcome, reward))

/// Counted rows: a period, the whole range (`part` = total), or what was before it.
struct CountedSessionsRow {
  TimePoint at;  // the moment that the figures show
  Date from, to;
  std::string_view part;  // period | total | before
  std::optional<Date> period;
  std::int64_t sessions = 0, conversions = 0, positive_replies = 0, rewarded = 0, reward = 0, active_users = 0;
};
BOOST_DESCRIBE_STRUCT(CountedSessionsRow, (),
                      (at, from, to, part, period, sessions, conversions, positive_replies, rewarded, reward,
                       active_users))

/// Every method is one statement. Errors: invalid_argument: the zone is unknown.
class DashboardStore {
 public:
  virtual ~DashboardStore() = default;
  /// Of the organisation or the user.
  virtual Task<Result<RowSet<SessionDayRow>>> read_session_days(RequestContext& request, DashboardScope scope,
                                                                std::string zone, DayRange range) = 0;
  /// Counted from rows (`raw`) or from the materialized view.
  virtual Task<Result<RowSet<CountedSessionsRow>>> count_sessions(RequestContext& request, Source source,
                                                                  DashboardScope scope, std::string zone,
                                                                  DayRange range, Interval interval) = 0;
};

std::unique_ptr<DashboardStore> make_pg_dashboard_store(postgres::Database& database);

}  // namespace salesflow::analytics
