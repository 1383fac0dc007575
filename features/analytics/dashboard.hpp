// The learning dashboard (contract 2.5, hotspot Q4): feedback sessions by day, week or month of any time zone, exact at
// the moment of the answer.
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "features/analytics/interval.hpp"
#include "features/analytics/session_days.hpp"
#include "features/analytics/source.hpp"
#include "features/analytics/zone_days.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::analytics {

class DashboardStore;

/// Whose sessions. `all` is for superadmins.
enum class DashboardScope { organization, user, all };
BOOST_DESCRIBE_ENUM(DashboardScope, organization, user, all)

/// `days` up to `to` (today in the zone), or from `from` on. Both ends are whole days of the zone and belong to it.
struct DashboardQuery {
  std::int64_t days = 30;
  std::optional<Date> from;
  std::optional<Date> to;
  std::string zone = "UTC";
  Interval interval = Interval::day;
  DashboardScope scope = DashboardScope::organization;
  bool fill = false;     // periods without sessions, too
  bool compare = false;  // with as many days before
};

struct DashboardPeriod {
  Date
      start;  // its first day, which may lie before the range: a week or month is named whole, and counted inside of it
  SessionFigures figures;

  friend bool operator==(const DashboardPeriod&, const DashboardPeriod&) = default;
};

struct DashboardReport {
  Source source = Source::live;
  TimePoint as_of;  // what the figures show is of this moment
  Date from, to;
  std::vector<DashboardPeriod> periods;  // newest first
  SessionFigures total;
  std::optional<SessionFigures> before;  // of as many days before `from`
};

class Dashboard {
 public:
  /// The store must outlive it.
  explicit Dashboard(DashboardStore& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// One statement, a second one when days are not summed up at this moment (then it alone answers), and one more for a
  /// zone that was not asked about before. Where live figures cannot know (zones of
  /// before 2012, or bounds that are not on quarter hours) another one counts rows, and `source` says raw. `all` always
  /// counts rows.
  /// Errors: invalid_argument naming query.days, query.from, query.tz; forbidden: `all` without being a superadmin.
  Task<Result<DashboardReport>> read(RequestContext& request, DashboardQuery query, Source source);

 private:
  /// Days of the zone that cover the range, kept for the next answer.
  Task<Result<std::shared_ptr<const ZoneDays>>> days_of(RequestContext& request, std::string zone, Date first,
                                                        Date last);
  /// Empty: summaries cannot tell.
  Task<Result<std::optional<DashboardReport>>> read_live(RequestContext& request, DashboardQuery query);

  DashboardStore& store_;
  Clock clock_;
  std::unordered_map<std::string, std::shared_ptr<const ZoneDays>> zones_;
};

}  // namespace salesflow::analytics
