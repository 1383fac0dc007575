#include "features/analytics/timeseries_routes.hpp"

#include "features/analytics/period.hpp"
#include "features/analytics/source.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::analytics {
namespace {

struct TimeseriesQuery {
  std::optional<Metric> metric;
  std::optional<Grouping> group_by;
  Interval interval = Interval::day;
  std::string tz = "UTC";  // an IANA name: whose days
  std::optional<Date> from, to;
  std::optional<Ranged<std::int32_t, 1, period_days_max>> days;
  std::optional<SeriesScope> scope;
  std::optional<Text<1, 100>> pipeline;
  std::string window = "7d";  // 1h, 1d, 3d, 7d or 30d: how long after a message its answer counts
};
BOOST_DESCRIBE_STRUCT(TimeseriesQuery, (), (metric, group_by, interval, tz, from, to, days, scope, pipeline, window))

/// One line of the chart. Lists have a figure for each bucket; null where the metric has none.
struct SeriesView {
  std::optional<std::string_view> key, to_key, name, currency;
  std::int64_t count = 0;
  std::optional<RawJsonView> value;
  std::optional<double> rate, average_seconds, median_seconds;
  std::vector<std::int64_t> counts;
  std::optional<std::vector<RawJsonView>> values;
  std::optional<std::vector<std::optional<double>>> averages_seconds, medians_seconds;
};
BOOST_DESCRIBE_STRUCT(SeriesView, (),
                      (key, to_key, name, currency, count, value, rate, average_seconds, median_seconds, counts, values,
                       averages_seconds, medians_seconds))

/// Figures of the request's own moment.
struct TimeseriesAnswer {
  Metric metric{};
  Grouping group_by{};
  Interval interval{};
  std::string tz;
  SeriesScope scope{};
  Date from, to;
  TimePoint as_of;
  Source source = Source::live;
  double age_s = 0;
  bool cached = false;
  std::optional<TimePoint> known_since;  // before it, stages of some deals are not known; null: all are, or none matter
  std::vector<Bucket> buckets;
  std::vector<SeriesView> series;
  std::size_t series_left_out = 0;  // the smallest of very many
};
BOOST_DESCRIBE_STRUCT(TimeseriesAnswer, (),
                      (metric, group_by, interval, tz, scope, from, to, as_of, source, age_s, cached, known_since,
                       buckets, series, series_left_out))

SeriesView to_view(Series& series) {
  SeriesView view{series.key,  series.to_key,  series.name,   series.currency,          series.count, series.value,
                  series.rate, series.average, series.median, std::move(series.counts), {},           {},
                  {}};
  if (series.value)
    view.values = std::move(series.values);
  if (series.average) {
    view.averages_seconds = std::move(series.averages);
    view.medians_seconds = std::move(series.medians);
  }
  return view;
}

class Handlers {
 public:
  explicit Handlers(TimeSeriesReader& reader) : reader_(reader) {}

  Task<Result<http::Response>> read_timeseries(http::Request& request) {
    auto asked = http::read_query<TimeseriesQuery>(request);
    if (!asked)
      co_return asked.error();
    if (!asked->metric)
      co_return fail(Errc::invalid_argument, "metric must be one of " + enum_names<Metric>(), "query.metric");
    SeriesQuery query;
    query.metric = *asked->metric;
    query.group_by = asked->group_by;
    query.interval = asked->interval;
    query.scope = asked->scope;
    const auto window = parse_reply_window(asked->window);
    if (!window)
      co_return window.error();
    query.window = *window;
    query.zone = std::move(asked->tz);
    query.from = asked->from;
    query.to = asked->to;
    if (asked->days)
      query.days = *asked->days;
    if (asked->pipeline)
      query.pipeline = std::move(asked->pipeline->value);
    auto found = co_await reader_.read(*request.context, std::move(query));
    if (!found)
      co_return found.error();
    TimeseriesAnswer answer;
    answer.metric = found->asked.metric;
    answer.group_by = found->asked.group_by.value_or(Grouping::none);
    answer.interval = found->asked.interval;
    answer.tz = std::move(found->asked.zone);
    answer.scope = found->asked.scope.value_or(SeriesScope::user);
    answer.from = found->first_day;
    answer.to = found->last_day;
    answer.as_of = found->as_of;
    answer.known_since = found->known_since;
    answer.buckets = std::move(found->buckets);
    answer.series_left_out = found->series_left_out;
    for (Series& series : found->series)
      answer.series.push_back(to_view(series));
    co_return http::json_response(json::to_json(
        answer, 512 + 64 * answer.buckets.size() + answer.series.size() * (256 + 8 * answer.buckets.size())));
  }

 private:
  TimeSeriesReader& reader_;
};

}  // namespace

std::vector<http::Route> timeseries_routes(TimeSeriesReader& reader) {
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(reader), "analytics");
  auto& route =
      table.add(http::Method::get, "/api/analytics/timeseries", "read_timeseries",
                "A metric by day, week or month of a time zone, in one series or several.", &Handlers::read_timeseries);
  http::takes_query<TimeseriesQuery>(route);
  http::answers<TimeseriesAnswer>(route);
  route.error_statuses = {403};
  return std::move(table).take();
}

}  // namespace salesflow::analytics
