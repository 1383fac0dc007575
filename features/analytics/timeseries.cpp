#include "features/analytics/timeseries.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "features/analytics/period.hpp"
#include "features/analytics/timeseries_store.hpp"
#include "platform/core/time_zone.hpp"

namespace salesflow::analytics {
namespace {

/// Takes the first of what the metric has when nothing was asked for.
template <class Choice>
std::optional<Error> choose(std::optional<Choice>& asked, const std::vector<Choice>& there, Metric metric,
                            std::string_view parameter) {
  if (!asked)
    asked = there.front();
  if (std::find(there.begin(), there.end(), *asked) != there.end())
    return std::nullopt;
  std::string names;
  for (const Choice one : there)
    names += (names.empty() ? "" : ", ") + std::string(enum_name(one));
  return fail(Errc::invalid_argument,
              std::string(parameter) + " of " + std::string(enum_name(metric)) + " must be one of " + names,
              "query." + std::string(parameter));
}

/// Series of the rows, in the order of their keys.
class Assembly {
 public:
  void add(const SeriesRow& row, TimeSeries& answer) {
    if (row.bucket && (answer.buckets.empty() || answer.buckets.back().date != *row.bucket))
      answer.buckets.push_back({*row.bucket, row.starts_at.value_or(row.as_of)});
    if (!row.count)
      return;
    Series& series = find(row, answer);
    if (!row.bucket) {
      series.count = *row.count;
      series.value = row.value;
      series.name = row.name;
      series.average = row.average;
      series.median = row.median;
      return;
    }
    const std::size_t place = answer.buckets.size() - 1;
    set(series.counts, place, *row.count, std::int64_t{0});
    if (row.value)
      set(series.values, place, *row.value, zero);
    if (row.average) {
      set(series.averages, place, row.average, {});
      set(series.medians, place, row.median, {});
    }
  }

  /// Figures for the buckets after a series' last one.
  static void fill(TimeSeries& answer) {
    const std::size_t buckets = answer.buckets.size();
    for (Series& series : answer.series) {
      series.counts.resize(buckets);
      if (series.value)
        series.values.resize(buckets, zero);
      if (series.average) {
        series.averages.resize(buckets);
        series.medians.resize(buckets);
      }
    }
  }

 private:
  static constexpr RawJsonView zero{"0"};
  using Key =
      std::tuple<std::optional<std::string_view>, std::optional<std::string_view>, std::optional<std::string_view>>;

  template <class T>
  static void set(std::vector<T>& figures, std::size_t place, T figure, T empty) {
    figures.resize(place + 1, empty);
    figures[place] = figure;
  }
  Series& find(const SeriesRow& row, TimeSeries& answer) {
    const auto [at, is_new] = places_.try_emplace(Key{row.key, row.to_key, row.currency}, answer.series.size());
    if (is_new) {
      Series& made = answer.series.emplace_back();
      made.key = row.key;
      made.to_key = row.to_key;
      made.currency = row.currency;
    }
    return answer.series[at->second];
  }

  std::map<Key, std::size_t> places_;
};

/// Of all that left a stage in the range, the share that each pair is.
void set_rates(std::vector<Series>& series) {
  std::map<std::string_view, std::int64_t> left;
  for (const Series& one : series) {
    if (one.key)
      left[*one.key] += one.count;
  }
  for (Series& one : series) {
    if (one.key)
      one.rate = static_cast<double>(one.count) / static_cast<double>(left[*one.key]);
  }
}

}  // namespace

std::vector<Grouping> groupings_of(Metric metric) {
  switch (metric) {
    case Metric::messages:
      return {Grouping::none, Grouping::channel, Grouping::direction, Grouping::status, Grouping::template_};
    case Metric::replies:
      return {Grouping::none, Grouping::channel, Grouping::template_};
    case Metric::leads:
      return {Grouping::none, Grouping::source};
    case Metric::deals_won:
      return {Grouping::none, Grouping::stage, Grouping::owner, Grouping::currency};
    case Metric::stage_conversion:
    case Metric::time_in_stage:
      return {Grouping::stage};
  }
  return {};
}

std::vector<SeriesScope> scopes_of(Metric metric) {
  switch (metric) {
    case Metric::messages:
    case Metric::replies:
      return {SeriesScope::user, SeriesScope::organization};
    case Metric::leads:
      return {SeriesScope::user};
    case Metric::deals_won:
    case Metric::stage_conversion:
    case Metric::time_in_stage:
      return {SeriesScope::organization};
  }
  return {};
}

Task<Result<TimeSeries>> TimeSeriesReader::read(RequestContext& request, SeriesQuery query) {
  if (auto wrong = choose(query.group_by, groupings_of(query.metric), query.metric, "group_by"))
    co_return *wrong;
  if (auto wrong = choose(query.scope, scopes_of(query.metric), query.metric, "scope"))
    co_return *wrong;
  const TimePoint at = clock_();
  if (auto wrong = refuse_period(query.zone, query.from, query.to, at))
    co_return *wrong;
  if (query.from && query.days)
    co_return fail(Errc::invalid_argument, "days is the length of a range without from: leave one of them out",
                   "query.days");
  if (query.scope == SeriesScope::organization && request.identity.org_id.is_nil())
    co_return fail(Errc::forbidden,
                   "This needs an organisation, and you belong to none yet: ask the owner of one to add you");
  auto rows = co_await store_.read_timeseries(request, query, at);
  if (!rows) {
    if (rows.error().code == Errc::invalid_argument)
      co_return unknown_time_zone();
    co_return rows.error();
  }
  if (rows->rows.front().first_day > rows->rows.front().last_day)
    co_return empty_period();
  TimeSeries answer;
  answer.rows = std::move(*rows);
  const SeriesRow& first = answer.rows.rows.front();
  answer.first_day = first.first_day;
  answer.last_day = first.last_day;
  answer.as_of = first.as_of;
  answer.known_since = first.known_since;
  if ((answer.last_day - answer.first_day).count() >= period_days_max)
    co_return too_long_period();
  Assembly assembly;
  for (const SeriesRow& row : answer.rows)
    assembly.add(row, answer);
  Assembly::fill(answer);
  if (query.metric == Metric::stage_conversion)
    set_rates(answer.series);
  if (query.group_by == Grouping::currency) {
    for (Series& one : answer.series)
      one.key = one.currency;
  }
  std::stable_sort(answer.series.begin(), answer.series.end(),
                   [](const Series& one, const Series& other) { return one.count > other.count; });
  if (answer.series.size() > series_max) {
    answer.series_left_out = answer.series.size() - series_max;
    answer.series.resize(series_max);
  }
  answer.asked = std::move(query);
  co_return answer;
}

}  // namespace salesflow::analytics
