// The rules of time series with a store in memory: what is refused, what is left open, how rows become series.
#include <gtest/gtest.h>

#include "features/analytics/timeseries_store.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::analytics {
namespace {

using test::run_task;

TimePoint now() {
  return *parse_rfc3339("2026-03-30T12:00:00Z");
}

Date day(const char* text) {
  return *parse_date(text);
}

class FakeStore final : public TimeSeriesStore {
 public:
  Task<Result<RowSet<SeriesRow>>> read_timeseries(RequestContext&, SeriesQuery query, TimePoint) override {
    ++calls;
    asked = std::move(query);
    if (error)
      co_return *error;
    RowSet<SeriesRow> copy;
    copy.rows = rows;
    co_return copy;
  }
  SeriesRow row(const char* bucket, std::optional<std::string_view> key, std::optional<std::int64_t> count) {
    SeriesRow made{};
    made.first_day = day("2026-03-28");
    made.last_day = day("2026-03-30");
    if (bucket != nullptr) {
      made.bucket = day(bucket);
      made.starts_at = TimePoint(day(bucket));
    }
    made.key = key;
    made.count = count;
    made.as_of = now();
    return made;
  }

  int calls = 0;
  SeriesQuery asked;
  std::optional<Error> error;
  std::vector<SeriesRow> rows;
};

struct Timeseries : testing::Test {
  Timeseries() {
    request.identity.user_id = Uuid::v7();
    request.identity.org_id = Uuid::v7();
    store.rows = {store.row("2026-03-28", {}, {}), store.row("2026-03-29", {}, {}), store.row("2026-03-30", {}, {}),
                  store.row(nullptr, {}, {})};
  }
  Result<TimeSeries> read(SeriesQuery query) { return run_task(context, reader.read(request, std::move(query))); }

  asio::io_context context;
  FakeStore store;
  TimeSeriesReader reader{store, now};
  RequestContext request;
};

TEST_F(Timeseries, RefusesAGroupingOfAnotherMetricAndNamesThoseThereAre) {
  SeriesQuery query;
  query.metric = Metric::leads;
  query.group_by = Grouping::channel;
  const auto answer = read(query);
  ASSERT_TRUE(answer.has_error());
  EXPECT_EQ(answer.error().code, Errc::invalid_argument);
  EXPECT_NE(answer.error().public_detail.find("none, source"), std::string::npos) << answer.error().public_detail;
  EXPECT_EQ(store.calls, 0);
}

TEST_F(Timeseries, TakesNamesOfZonesAndNoRules) {
  for (const char* zone :
       {"Europe/Nowhere+3", "Foo+3", "UTC+2", "<x>1", "", "'", "Etc/GMT+123", "GMT+", "+02:00", "EST5EDT,M3"}) {
    SeriesQuery query;
    query.zone = zone;
    const auto answer = read(query);
    ASSERT_TRUE(answer.has_error()) << zone;
    EXPECT_NE(answer.error().public_detail.find("tz"), std::string::npos) << zone;
  }
  EXPECT_EQ(store.calls, 0);
  for (const char* zone : {"UTC", "Europe/Vienna", "America/Port-au-Prince", "America/Argentina/Buenos_Aires",
                           "Etc/GMT+5", "Etc/GMT-14", "GMT0", "EST5EDT", "posix/Etc/GMT+0", "GB-Eire"}) {
    SeriesQuery query;
    query.zone = zone;
    EXPECT_TRUE(read(query)) << zone;
  }
}

TEST_F(Timeseries, RefusesRangesThatAreEmptyOrTooLong) {
  SeriesQuery query;
  query.from = day("2026-03-02");
  query.to = day("2026-03-01");
  EXPECT_TRUE(read(query).has_error());
  query.to.reset();
  query.from = day("2026-04-01");  // today is 30 March, somewhere 31 March
  EXPECT_TRUE(read(query).has_error());
  query.from = day("2024-01-01");
  query.to = day("2026-01-02");  // 733 days
  EXPECT_TRUE(read(query).has_error());
  query.to.reset();
  query.from = day("1990-01-01");
  EXPECT_TRUE(read(query).has_error());
  query.from = day("2026-03-01");
  query.days = 5;
  EXPECT_TRUE(read(query).has_error()) << "a beginning and a length";
  EXPECT_EQ(store.calls, 0);
  query = {};
  query.from = day("2024-03-01");
  query.to = day("2026-03-02");  // 732 days
  EXPECT_TRUE(read(query));
}

TEST_F(Timeseries, SaysThatARangeIsEmptyInTheZoneOfTheDatabase) {
  for (auto& row : store.rows) {
    row.first_day = day("2026-03-31");
    row.last_day = day("2026-03-30");
  }
  SeriesQuery query;
  query.from = day("2026-03-31");
  const auto answer = read(query);
  ASSERT_TRUE(answer.has_error());
  EXPECT_EQ(answer.error().public_detail, "from must not be after to");
}

TEST_F(Timeseries, TakesAnUnknownZoneOfTheDatabaseForAnErrorOfTz) {
  store.error = fail(Errc::invalid_argument, "time zone not recognized");
  SeriesQuery query;
  query.zone = "Europe/Atlantis";
  const auto answer = read(query);
  ASSERT_TRUE(answer.has_error());
  EXPECT_NE(answer.error().public_detail.find("tz must be"), std::string::npos);
  store.error = fail(Errc::unavailable, "down");
  EXPECT_EQ(read(query).error().code, Errc::unavailable);
}

TEST_F(Timeseries, DealsNeedAnOrganisation) {
  request.identity.org_id = {};
  for (const Metric metric : {Metric::deals_won, Metric::stage_conversion, Metric::time_in_stage}) {
    SeriesQuery query;
    query.metric = metric;
    EXPECT_EQ(read(query).error().code, Errc::forbidden);
  }
  EXPECT_EQ(store.calls, 0);
  EXPECT_TRUE(read({})) << "messages are one's own";
}

TEST_F(Timeseries, RefusesAScopeThatTheMetricDoesNotHave) {
  SeriesQuery query;
  query.metric = Metric::leads;
  query.scope = SeriesScope::organization;
  EXPECT_NE(read(query).error().public_detail.find("scope of leads must be one of user"), std::string::npos);
  query.metric = Metric::deals_won;
  query.scope = SeriesScope::user;
  EXPECT_NE(read(query).error().public_detail.find("organization"), std::string::npos);
  EXPECT_EQ(store.calls, 0);
  query.metric = Metric::replies;
  query.scope = SeriesScope::organization;
  EXPECT_TRUE(read(query));
}

TEST_F(Timeseries, EveryBucketHasAFigureInEverySeries) {
  store.rows = {store.row("2026-03-28", "email", 2), store.row("2026-03-29", {}, {}),
                store.row("2026-03-30", "whatsapp", 5), store.row(nullptr, "email", 2),
                store.row(nullptr, "whatsapp", 5)};
  SeriesQuery query;
  query.group_by = Grouping::channel;
  const auto answer = read(query);
  ASSERT_TRUE(answer) << answer.error().public_detail;
  ASSERT_EQ(answer->buckets.size(), 3u);
  ASSERT_EQ(answer->series.size(), 2u);
  EXPECT_EQ(answer->series[0].key, "whatsapp") << "the largest first";
  EXPECT_EQ(answer->series[0].counts, (std::vector<std::int64_t>{0, 0, 5}));
  EXPECT_EQ(answer->series[1].counts, (std::vector<std::int64_t>{2, 0, 0}));
  EXPECT_EQ(answer->series[1].count, 2);
}

TEST_F(Timeseries, SumsOfTwoCurrenciesAreTwoSeries) {
  auto eur = store.row("2026-03-29", {}, 1), usd = eur, all_eur = store.row(nullptr, {}, 1), all_usd = all_eur;
  eur.currency = all_eur.currency = "EUR";
  usd.currency = all_usd.currency = "USD";
  eur.value = all_eur.value = RawJsonView{"10.5"};
  usd.value = all_usd.value = RawJsonView{"7"};
  store.rows = {store.row("2026-03-28", {}, {}), eur, usd, store.row("2026-03-30", {}, {}), all_eur, all_usd};
  SeriesQuery query;
  query.metric = Metric::deals_won;
  query.group_by = Grouping::currency;
  const auto answer = read(query);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->series.size(), 2u);
  EXPECT_EQ(answer->series[0].key, "EUR");
  EXPECT_EQ(answer->series[0].value->text, "10.5");
  ASSERT_EQ(answer->series[1].values.size(), 3u);
  EXPECT_EQ(answer->series[1].values[0].text, "0");
  EXPECT_EQ(answer->series[1].values[1].text, "7");
}

TEST_F(Timeseries, TheRateOfAChangeIsItsShareOfAllThatLeftTheStage) {
  auto won = store.row(nullptr, "meeting", 3), lost = store.row(nullptr, "meeting", 1),
       made = store.row(nullptr, {}, 9);
  won.to_key = "won";
  lost.to_key = "lost";
  made.to_key = "new";
  store.rows = {store.row("2026-03-28", {}, {}), made, won, lost};
  SeriesQuery query;
  query.metric = Metric::stage_conversion;
  const auto answer = read(query);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->series.size(), 3u);
  EXPECT_FALSE(answer->series[0].rate) << "deals that were made left no stage";
  EXPECT_DOUBLE_EQ(answer->series[1].rate.value(), 0.75);
  EXPECT_DOUBLE_EQ(answer->series[2].rate.value(), 0.25);
}

TEST_F(Timeseries, VeryManySeriesLeaveOutTheSmallest) {
  store.rows = {store.row("2026-03-28", {}, {})};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < series_max + 7; ++i)
    names.push_back("source " + std::to_string(i));
  for (std::size_t i = 0; i < names.size(); ++i)
    store.rows.push_back(store.row(nullptr, names[i], static_cast<std::int64_t>(i + 1)));
  SeriesQuery query;
  query.metric = Metric::leads;
  query.group_by = Grouping::source;
  const auto answer = read(query);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->series.size(), series_max);
  EXPECT_EQ(answer->series_left_out, 7u);
  EXPECT_EQ(answer->series.back().count, 8);
}

}  // namespace
}  // namespace salesflow::analytics
