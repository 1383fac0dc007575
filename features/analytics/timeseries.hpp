// Figures over time for charts: a metric by day, week or month of any time zone, in one or several series.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/analytics/interval.hpp"
#include "features/analytics/reply_window.hpp"
#include "platform/core/bounded.hpp"
#include "platform/core/enums.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::analytics {

/// What is counted, and at which moment.
///   messages          when they came or went
///   replies           when messages went that were answered in time
///   leads             when they were made
///   deals_won         when they were closed as won, with their value by currency
///   stage_conversion  changes of deals from one stage to another
///   time_in_stage     when deals left a stage, and how long they had been in it
enum class Metric { messages, replies, leads, deals_won, stage_conversion, time_in_stage };
BOOST_DESCRIBE_ENUM(Metric, messages, replies, leads, deals_won, stage_conversion, time_in_stage)

/// What makes the series; each metric has its own (groupings_of).
enum class Grouping { none, channel, direction, status, template_, source, stage, owner, currency };
BOOST_DESCRIBE_ENUM(Grouping, none, channel, direction, status, template_, source, stage, owner, currency)

/// Whose figures: the caller's own, or those of the organisation.
enum class SeriesScope { user, organization };
BOOST_DESCRIBE_ENUM(SeriesScope, user, organization)

/// How long after a message its answer counts.
using AnswerWindow = ReplyWindow;

inline constexpr std::int32_t default_days = 30;

/// Both days are in the range. Without `from` it is the `days` until `to`, without `to` it ends today, in the zone.
struct SeriesQuery {
  Metric metric = Metric::messages;
  std::optional<Grouping> group_by;  // the metric's first
  std::optional<SeriesScope> scope;  // the metric's first
  Interval interval = Interval::day;
  std::string zone = "UTC";
  std::optional<Date> from, to;
  std::optional<std::int32_t> days;
  std::optional<std::string> pipeline;             // of deals; all of them
  AnswerWindow window = AnswerWindow::seven_days;  // of replies
};

/// One bucket of one series, an empty bucket, or without `bucket` one series over the whole range.
struct SeriesRow {
  Date first_day, last_day;
  std::optional<Date> bucket;
  std::optional<TimePoint> starts_at;
  std::optional<std::string_view> key, to_key, name, currency;
  std::optional<std::int64_t> count;
  std::optional<RawJsonView> value;
  std::optional<double> average, median;
  std::optional<TimePoint> known_since;
  TimePoint as_of;
};
BOOST_DESCRIBE_STRUCT(SeriesRow, (),
                      (first_day, last_day, bucket, starts_at, key, to_key, name, currency, count, value, average,
                       median, known_since, as_of))

/// Where a bucket begins: the first instant of its first day that is in the range.
struct Bucket {
  Date date;  // the day, the week's Monday or the month's first
  TimePoint starts_at;
};
BOOST_DESCRIBE_STRUCT(Bucket, (), (date, starts_at))

/// One line of a chart, a figure for each bucket. Views point into the answer's rows.
struct Series {
  std::optional<std::string_view> key, to_key, name, currency;
  std::int64_t count = 0;
  std::optional<RawJsonView> value;       // of the whole range
  std::optional<double> rate;             // of the deals that left this stage, how many went to that one
  std::optional<double> average, median;  // seconds
  std::vector<std::int64_t> counts;
  std::vector<RawJsonView> values;  // empty where the metric has none
  std::vector<std::optional<double>> averages, medians;
};

struct TimeSeries {
  SeriesQuery asked;  // with what was left open
  Date first_day, last_day;
  TimePoint as_of;
  std::optional<TimePoint> known_since;
  std::vector<Bucket> buckets;
  std::vector<Series> series;  // the largest first
  std::size_t series_left_out = 0;
  RowSet<SeriesRow> rows;
};

/// The first is the default.
std::vector<Grouping> groupings_of(Metric metric);

/// Leads are one's own and deals the organisation's; messages and replies are both. The first is the default.
std::vector<SeriesScope> scopes_of(Metric metric);

inline constexpr std::size_t series_max = 500;

class TimeSeriesStore;

/// The use case: one statement, one round trip.
class TimeSeriesReader {
 public:
  explicit TimeSeriesReader(TimeSeriesStore& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// Errors: invalid_argument for a grouping or scope that the metric does not have, a range that is empty or longer
  /// than two years, `days` beside `from`, a zone that is none; forbidden for an organisation's figures without one;
  /// unavailable, deadline_exceeded.
  Task<Result<TimeSeries>> read(RequestContext& request, SeriesQuery query);

 private:
  TimeSeriesStore& store_;
  Clock clock_;
};

}  // namespace salesflow::analytics
