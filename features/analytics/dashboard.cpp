#include "features/analytics/dashboard.hpp"

#include <algorithm>

#include "features/analytics/dashboard_store.hpp"
#include "features/analytics/period.hpp"
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

/// How many zones are kept, and how far around today, so that nearly every range is covered at once.
constexpr std::size_t zones_max = 128;
constexpr days kept_before{1500}, kept_after{40};
/// Later days are not worth keeping, nobody has sessions there.
constexpr days known_after{800};

/// `add` puts what was read into the sum, or says that it cannot be taken apart. Empty: summaries cannot tell; rows
/// must be counted.
template <class Add>
std::optional<DashboardReport> sum_up(const DashboardQuery& query, const ZoneDays& zone, Date before, Date from,
                                      Date to, Add add) {
  DashboardReport report;
  report.from = from;
  report.to = to;
  // One slot for what is before, then one for each period.
  std::vector<TimePoint> cuts;
  std::vector<Date> starts;
  if (before < from)
    cuts.push_back(zone.begin_of(before));
  for (Date day = from; day <= to; day += days(1)) {
    const Date start = period_of(day, query.interval);
    if (starts.empty() || starts.back() != start) {
      starts.push_back(start);
      cuts.push_back(zone.begin_of(day));
    }
  }
  cuts.push_back(zone.begin_of(to + days(1)));
  if (!std::is_sorted(cuts.begin(), cuts.end()))
    return std::nullopt;
  const std::size_t first_slot = before < from ? 1 : 0;
  SessionDays sum(std::move(cuts));
  if (!add(sum))
    return std::nullopt;
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
  if (before < from)
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

Task<Result<std::shared_ptr<const ZoneDays>>> Dashboard::days_of(RequestContext& request, std::string zone, Date first,
                                                                 Date last) {
  const auto kept = zones_.find(zone);
  if (kept != zones_.end() && kept->second->covers(first, last))
    co_return kept->second;
  const Date today = std::chrono::floor<days>(clock_());
  const auto rows = co_await store_.list_local_days(request, zone, std::min(first, today - kept_before),
                                                    std::max(last, today + kept_after));
  if (!rows)
    co_return rows.error();
  std::vector<TimePoint> begins;
  begins.reserve(rows->size());
  for (const auto& row : *rows)
    begins.push_back(row.at);
  auto made = std::make_shared<const ZoneDays>(rows->rows.at(0).day, std::move(begins));
  if (zones_.size() >= zones_max)
    zones_.clear();
  zones_.insert_or_assign(std::move(zone), made);
  co_return made;
}

Task<Result<std::optional<DashboardReport>>> Dashboard::read_live(RequestContext& request, DashboardQuery query) {
  const TimePoint now = clock_();
  const Date today_utc = std::chrono::floor<days>(now);
  // The zone's today is one of three days of UTC.
  const Date widest_last = query.to.value_or(today_utc + days(1));
  const Date widest_first = query.from.value_or(widest_last - days(query.days + 1));
  const days widest = widest_last - widest_first + days(2);
  if (widest_first < quarter_hours_since || widest_last > today_utc + known_after)
    co_return std::optional<DashboardReport>();
  const auto zone =
      co_await days_of(request, query.zone, query.compare ? widest_first - widest : widest_first, widest_last);
  if (!zone)
    co_return zone.error();
  const Date to = query.to ? *query.to : (*zone)->day_at(now).value_or(today_utc);
  const Date from = query.from.value_or(to - days(query.days - 1));
  const Date before = query.compare ? from - (to - from + days(1)) : from;
  if (before < quarter_hours_since || to < from)
    co_return std::optional<DashboardReport>();
  const Date first = std::chrono::floor<days>((*zone)->begin_of(before));
  const Date last = std::chrono::floor<days>((*zone)->begin_of(to + days(1)));
  constexpr std::span<const std::byte> nothing;
  std::optional<DashboardReport> report;
  const auto packed = co_await store_.list_session_days(request, query.scope, first, last);
  if (!packed)
    co_return packed.error();
  if (std::all_of(packed->begin(), packed->end(), [](const auto& row) { return row.quarters.has_value(); })) {
    report = sum_up(query, **zone, before, from, to, [&](SessionDays& sum) {
      return std::all_of(packed->begin(), packed->end(), [&](const auto& row) {
        return sum.add_day(row.day, *row.quarters, row.people.value_or(nothing));
      });
    });
  } else {
    const auto rows = co_await store_.read_session_days(request, query.scope, first, last);
    if (!rows)
      co_return rows.error();
    report = sum_up(query, **zone, before, from, to, [&](SessionDays& sum) {
      for (const auto& row : *rows) {
        if (!row.day)
          sum.add_session({*row.at, row.number, row.user_id, row.outcome.value_or(""), row.reward});
        else if (!sum.add_day(*row.day, row.quarters.value_or(nothing), row.people.value_or(nothing)))
          return false;
      }
      return true;
    });
  }
  if (report)
    report->as_of = now;
  co_return report;
}

Task<Result<DashboardReport>> Dashboard::read(RequestContext& request, DashboardQuery query, Source source) {
  if (auto refused = refuse_period(query.zone, query.from, query.to, clock_()))
    co_return std::move(*refused);
  if (query.scope == DashboardScope::all && !request.identity.superadmin)
    co_return fail(Errc::forbidden, "scope=all is for superadmins", "query.scope");
  const DayRange range{query.from, query.to, static_cast<std::int32_t>(query.days), query.compare};
  if (source == Source::live && query.scope != DashboardScope::all) {
    auto report = co_await read_live(request, query);
    if (!report)
      co_return report.error().code == Errc::invalid_argument ? unknown_time_zone() : report.error();
    if (*report)
      co_return std::move(**report);
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
