#include "features/analytics/dashboard.hpp"

#include <algorithm>

#include "features/analytics/dashboard_store.hpp"
#include "platform/core/time_zone.hpp"

namespace salesflow::analytics {
namespace {

using std::chrono::days;

/// Zones that changed their clocks at odd minutes, or had odd offsets, are all of before.
constexpr Date quarter_hours_since = std::chrono::sys_days(std::chrono::year(2012) / 1 / 1);

Date period_of(Date day, Interval interval) {
  switch (interval) {
    case Interval::day:
      return day;
    case Interval::week:
      return day - (std::chrono::weekday(day) - std::chrono::Monday);
    case Interval::month: {
      const std::chrono::year_month_day date(day);
      return std::chrono::sys_days(date.year() / date.month() / 1);
    }
  }
  return day;
}

SessionFigures to_figures(const CountedSessionsRow& row) {
  return {row.sessions, row.conversions, row.positive_replies, row.rewarded, row.reward, row.active_users};
}

/// Empty: summaries cannot tell; rows must be counted.
std::optional<DashboardReport> sum_up(const RowSet<SessionDayRow>& rows, const DashboardQuery& query) {
  DashboardReport report;
  std::vector<std::pair<Date, TimePoint>> bounds;
  for (const auto& row : rows) {
    if (row.kind == SessionDayRow::moment) {
      report.as_of = *row.at;
      report.from = *row.day;
    } else if (row.kind == SessionDayRow::local_day) {
      bounds.emplace_back(*row.day, *row.at);
    }
  }
  std::sort(bounds.begin(), bounds.end());
  if (bounds.size() < 2 || bounds.front().first < quarter_hours_since)
    return std::nullopt;
  const auto before = static_cast<std::size_t>((report.from - bounds.front().first).count());
  report.to = bounds[bounds.size() - 2].first;
  // One slot for what is before, then one for each period.
  std::vector<TimePoint> cuts;
  std::vector<Date> starts;
  if (before > 0)
    cuts.push_back(bounds.front().second);
  for (std::size_t i = before; i + 1 < bounds.size(); ++i) {
    const Date start = period_of(bounds[i].first, query.interval);
    if (starts.empty() || starts.back() != start) {
      starts.push_back(start);
      cuts.push_back(bounds[i].second);
    }
  }
  cuts.push_back(bounds.back().second);
  if (!std::is_sorted(cuts.begin(), cuts.end()))
    return std::nullopt;
  const std::size_t first_slot = before > 0 ? 1 : 0;
  SessionDays sum(std::move(cuts));
  for (const auto& row : rows) {
    if (row.kind == SessionDayRow::utc_day) {
      if (!sum.add_day(*row.day, row.quarters.value_or(std::span<const std::byte>{}),
                       row.people.value_or(std::span<const std::byte>{})))
        return std::nullopt;
    } else if (row.kind == SessionDayRow::session) {
      sum.add_session({*row.at, row.number, row.user_id, row.outcome.value_or(""), row.reward});
    }
  }
  const auto figures = [&](std::size_t first, std::size_t last) {
    auto made = sum.figures(first, last);
    if (query.scope == DashboardScope::user)
      made.active_users = made.sessions > 0 ? 1 : 0;
    return made;
  };
  for (std::size_t i = starts.size(); i-- > 0;) {
    const auto made = figures(first_slot + i, first_slot + i + 1);
    if (made.sessions > 0 || query.fill)
      report.periods.push_back({starts[i], made});
  }
  report.total = figures(first_slot, sum.slots());
  if (before > 0)
    report.before = figures(0, 1);
  return report;
}

DashboardReport from_counts(const RowSet<CountedSessionsRow>& rows, const DashboardQuery& query, Source source) {
  DashboardReport report;
  report.source = source;
  for (const auto& row : rows) {
    report.as_of = row.at;
    report.from = row.from;
    report.to = row.to;
    if (row.part == "total")
      report.total = to_figures(row);
    else if (row.part == "before")
      report.before = to_figures(row);
    else if (row.period)
      report.periods.push_back({*row.period, to_figures(row)});
  }
  const auto newest_first = [](const DashboardPeriod& a, const DashboardPeriod& b) { return a.start > b.start; };
  std::sort(report.periods.begin(), report.periods.end(), newest_first);
  if (query.fill) {
    std::vector<DashboardPeriod> all;
    auto counted = report.periods.begin();
    for (Date day = report.to; day >= report.from; day -= days(1)) {
      const Date start = period_of(day, query.interval);
      if (!all.empty() && all.back().start == start)
        continue;
      const bool has = counted != report.periods.end() && counted->start == start;
      all.push_back(has ? *counted++ : DashboardPeriod{start, {}});
    }
    report.periods = std::move(all);
  }
  if (query.compare && !report.before)
    report.before.emplace();
  return report;
}

}  // namespace

Task<Result<DashboardReport>> Dashboard::read(RequestContext& request, DashboardQuery query, Source source) {
  if (!looks_like_time_zone(query.zone))
    co_return unknown_time_zone();
  if (query.scope == DashboardScope::all && !request.identity.superadmin)
    co_return fail(Errc::forbidden, "scope=all is for superadmins", "query.scope");
  // The latest today there is anywhere; PostgreSQL knows the zone's.
  const Date today = std::chrono::floor<days>(clock_()) + days(1);
  if (query.from && *query.from > query.to.value_or(today))
    co_return fail(Errc::invalid_argument, "from must not be after to", "query.from");
  if (query.from && query.to.value_or(today) - *query.from > days(dashboard_days_max + 1))
    co_return fail(Errc::invalid_argument,
                   "from to to must not be more than " + std::to_string(dashboard_days_max) + " days", "query.from");
  const DayRange range{query.from, query.to, static_cast<std::int32_t>(query.days), query.compare};
  if (source == Source::live && query.scope != DashboardScope::all) {
    const auto rows = co_await store_.read_session_days(request, query.scope, query.zone, range);
    if (!rows)
      co_return rows.error().code == Errc::invalid_argument ? unknown_time_zone() : rows.error();
    if (auto report = sum_up(*rows, query))
      co_return std::move(*report);
  }
  // The view has no figures of everybody.
  if (source == Source::live || query.scope == DashboardScope::all)
    source = Source::raw;
  const auto rows = co_await store_.count_sessions(request, source, query.scope, query.zone, range, query.interval);
  if (!rows)
    co_return rows.error().code == Errc::invalid_argument ? unknown_time_zone() : rows.error();
  co_return from_counts(*rows, query, source);
}

}  // namespace salesflow::analytics
