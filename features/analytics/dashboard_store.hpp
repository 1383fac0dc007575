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

/// A day of UTC as migration 0082 packs it (`day` is there), or a single session.
struct SessionDayRow {
  std::optional<Date> day;
  std::optional<std::span<const std::byte>> quarters, people;
  std::optional<TimePoint> at;
  std::optional<std::int32_t> number;
  std::optional<Uuid> user_id;
  std::optional<std::string_view> outcome;
  std::optional<std::int64_t> reward;
};
BOOST_DESCRIBE_STRUCT(SessionDayRow, (), (day, quarters, people, at, number, user_id, outcome, reward))

struct PackedDayRow {
  Date day;
  std::optional<std::span<const std::byte>> quarters, people;
};
BOOST_DESCRIBE_STRUCT(PackedDayRow, (), (day, quarters, people))

struct LocalDayRow {
  Date day;
  TimePoint at;
};
BOOST_DESCRIBE_STRUCT(LocalDayRow, (), (day, at))

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
  /// The zone's days from `first` to the one behind `last`, in order.
  virtual Task<Result<RowSet<LocalDayRow>>> list_local_days(RequestContext& request, std::string zone, Date first,
                                                            Date last) = 0;
  /// Packed days of the organisation or the user, from `first` to `last`. With a row that has no quarters they are no
  /// answer: read_session_days has one.
  virtual Task<Result<RowSet<PackedDayRow>>> list_session_days(RequestContext& request, DashboardScope scope,
                                                               Date first, Date last) = 0;
  /// The same with single sessions where days are not summed up at this moment.
  virtual Task<Result<RowSet<SessionDayRow>>> read_session_days(RequestContext& request, DashboardScope scope,
                                                                Date first, Date last) = 0;
  /// Counted from rows (`raw`) or from the materialized view.
  virtual Task<Result<RowSet<CountedSessionsRow>>> count_sessions(RequestContext& request, Source source,
                                                                  DashboardScope scope, std::string zone,
                                                                  DayRange range, Interval interval) = 0;
};

std::unique_ptr<DashboardStore> make_pg_dashboard_store(postgres::Database& database);

}  // namespace salesflow::analytics
