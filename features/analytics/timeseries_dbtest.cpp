// Time series on a real PostgreSQL, held against recounts that ask AT TIME ZONE of every row.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "features/analytics/timeseries_store.hpp"
#include "tests/support/postgres_rig.hpp"

namespace salesflow::analytics {
namespace {

using namespace std::chrono_literals;
using test::Login;

Date day(const char* text) {
  return *parse_date(text);
}

/// bucket → series → figure. An empty bucket stands there without series.
using Figures = std::map<std::string, std::map<std::string, std::string>>;

/// A message every 11 minutes from 24 March to 6 April and from 20 October to 5 November, of two people of an
/// organisation.
constexpr const char* messages_around_changes = R"sql(
INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, autopilot_status, template_version, normalized_text, created_at)
SELECT CASE WHEN h % 5 = 0 THEN $2::uuid ELSE $1::uuid END, $3::uuid, CASE WHEN h % 13 > 0 THEN md5((h % 17)::text)::uuid END,
       (ARRAY['email', 'whatsapp', 'linkedin'])[1 + h % 3], (ARRAY['inbound', 'outbound'])[1 + h / 3 % 2],
       (ARRAY['pending', 'sent', 'skipped'])[1 + h / 7 % 3], (ARRAY['v1', NULL, 'v2'])[1 + h / 11 % 3], 'x', g.at + h % 60 * interval '1 second'
FROM (SELECT * FROM generate_series('2026-03-24Z'::timestamptz, '2026-04-07Z', '11 minutes') UNION ALL
      SELECT * FROM generate_series('2026-10-20Z'::timestamptz, '2026-11-06Z', '11 minutes')) AS g (at), abs(hashtext(g.at::text)) AS h
)sql";

class TimeseriesOnPostgres : public testing::Test {
 protected:
  TimeseriesOnPostgres() {
    request_.identity.user_id = anna_.user_id;
    request_.identity.org_id = anna_.org_id;
    request_.deadline = std::chrono::steady_clock::now() + 300s;
  }
  Result<TimeSeries> read(SeriesQuery query) { return rig_.run(reader_.read(request_, std::move(query))); }
  Figures figures(SeriesQuery query) {
    const auto answer = read(query);
    EXPECT_TRUE(answer) << answer.error().public_detail << answer.error().log_detail;
    Figures found;
    if (!answer)
      return found;
    for (const Bucket& bucket : answer->buckets)
      found[format_date(bucket.date)];
    for (const Series& series : answer->series) {
      std::string name(series.key.value_or("-"));
      if (series.to_key)
        name += " to " + std::string(*series.to_key);
      if (series.currency)
        name += " " + std::string(*series.currency);
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < answer->buckets.size(); ++i) {
        const std::int64_t count = series.counts.at(i);
        sum += count;
        if (count > 0)
          found[format_date(answer->buckets[i].date)][name] =
              std::to_string(count) + (series.value ? " " + std::string(series.values.at(i).text) : "");
      }
      EXPECT_EQ(sum, series.count) << name << ": the whole is the sum of its buckets";
    }
    return found;
  }
  /// Rows of (bucket, series, figure); buckets that the statement lists without a series are empty.
  Figures recount(const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
    const auto rows = database_.run(sql, parameters);
    Figures found;
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
      auto& bucket = found[rows.value(i, 0)];
      if (rows.rows[i].at(1))
        bucket[rows.value(i, 1)] = rows.value(i, 2);
    }
    return found;
  }

  void fill() {
    database_.run(messages_around_changes,
                  {anna_.user_id.to_string(), ben_.user_id.to_string(), anna_.org_id.to_string()});
  }
  /// What the worker does.
  void bring_up_to_date() {
    database_.run("SELECT salesflow.refresh_summaries(1000000)");
    database_.run("SELECT salesflow.fold_rollups(1000000)");
  }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com"),
                              ben_ = database_.create_account("ben@example.com");
  test::PostgresRig rig_{test::pool_settings(database_)};
  std::unique_ptr<TimeSeriesStore> store_ = make_pg_timeseries_store(*rig_.database);
  TimeSeriesReader reader_{*store_};
  RequestContext request_;
};

// Half- and quarter-hour zones, Lord Howe's half hour of summer time, midnights that come twice or not at all.
TEST_F(TimeseriesOnPostgres, DaysOfEveryZoneAreThoseOfItsClocks) {
  fill();
  bring_up_to_date();
  const auto zones = database_.run(
      "SELECT name FROM pg_timezone_names WHERE name NOT LIKE 'posix/%' AND name NOT IN ('Factory', 'localtime') ORDER "
      "BY 1");
  ASSERT_GT(zones.rows.size(), 500u);
  std::size_t compared = 0;
  // The range that begins on 25 October does so in the hour that the Azores have twice.
  for (const auto& [first, last] :
       {std::pair{"2026-03-27", "2026-04-06"}, {"2026-10-22", "2026-10-25"}, {"2026-10-25", "2026-11-03"}}) {
    // One statement for all zones: what each row says of itself.
    const auto rows = database_.run(
        "SELECT z.name, d.day::text, count(e.id) FROM pg_timezone_names AS z CROSS JOIN LATERAL (SELECT g.at::date AS "
        "day FROM "
        "generate_series($2::date, $3::date, '1 day') AS g (at)) AS d LEFT JOIN message_events AS e ON e.user_id = $1 "
        "AND "
        "e.created_at BETWEEN $2::date - interval '2 days' AND $3::date + interval '2 days' AND (e.created_at AT TIME "
        "ZONE "
        "z.name)::date = d.day WHERE z.name NOT LIKE 'posix/%' AND z.name NOT IN ('Factory', 'localtime') GROUP BY 1, "
        "2 ORDER BY 1, 2",
        {anna_.user_id.to_string(), first, last});
    std::map<std::string, std::map<std::string, std::int64_t>> wanted;
    for (std::size_t i = 0; i < rows.rows.size(); ++i)
      wanted[rows.value(i, 0)][rows.value(i, 1)] = rows.integer(i, 2);
    for (const auto& zone : zones.rows) {
      SeriesQuery query;
      query.zone = *zone.at(0);
      query.from = day(first);
      query.to = day(last);
      const auto answer = read(query);
      ASSERT_TRUE(answer) << query.zone << answer.error().public_detail << answer.error().log_detail;
      std::map<std::string, std::int64_t> found;
      for (std::size_t i = 0; i < answer->buckets.size(); ++i)
        found[format_date(answer->buckets[i].date)] = answer->series.at(0).counts.at(i);
      EXPECT_EQ(found, wanted.at(query.zone)) << query.zone;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 3 * zones.rows.size());
}

TEST_F(TimeseriesOnPostgres, ADayBeginsWithTheFirstInstantThatHasItsDate) {
  EXPECT_EQ(database_
                .run("WITH minutes AS (SELECT z.name, g.at, (g.at AT TIME ZONE z.name)::date AS day FROM "
                     "pg_timezone_names AS z, "
                     "generate_series('2026-10-22Z'::timestamptz, '2026-11-04Z', '15 minutes') AS g (at) WHERE z.name "
                     "NOT LIKE "
                     "'posix/%'), days AS (SELECT name, day, min(at) AS first FROM minutes GROUP BY 1, 2) SELECT "
                     "coalesce(string_agg(concat_ws(' ', name, day, first), ', '), '') FROM days WHERE first > "
                     "'2026-10-22Z' AND first <> "
                     "salesflow.day_start(day, name)")
                .value(),
            "");
  for (const auto& [zone, date, at] :
       {std::tuple{"America/Havana", "2026-11-01", "2026-11-01 04:00:00"},  // the first of two midnights
        {"Africa/Cairo", "2026-04-24", "2026-04-23 22:00:00"},              // no midnight
        {"Pacific/Apia", "2011-12-30", "2011-12-30 10:00:00"},              // no such day
        {"Pacific/Apia", "2011-12-31", "2011-12-30 10:00:00"},              // begins there, too
        {"Australia/Lord_Howe", "2026-04-05", "2026-04-04 13:00:00"},
        {"Asia/Kathmandu", "2026-01-01", "2025-12-31 18:15:00"}}) {
    EXPECT_EQ(database_.run("SELECT salesflow.day_start($1::date, $2) AT TIME ZONE 'UTC'", {date, zone}).value(), at)
        << zone << " " << date;
  }
}

TEST_F(TimeseriesOnPostgres, EveryGroupingCountsWhatTheRowsSay) {
  fill();
  database_.run(
      "INSERT INTO leads (user_id, name, source, created_at) SELECT CASE WHEN h % 4 = 0 THEN $2::uuid ELSE $1::uuid "
      "END, 'L', "
      "(ARRAY['web', 'fair', NULL])[1 + h % 3], g.at FROM generate_series('2026-03-20Z'::timestamptz, '2026-05-10Z', "
      "'97 "
      "minutes') AS g (at), abs(hashtext(g.at::text)) AS h",
      {anna_.user_id.to_string(), ben_.user_id.to_string()});
  struct Case {
    Metric metric;
    Grouping by;
    const char *table, *key;
  };
  for (const Case& one : {Case{Metric::messages, Grouping::none, "message_events", "NULL"},
                          {Metric::messages, Grouping::channel, "message_events", "channel"},
                          {Metric::messages, Grouping::direction, "message_events", "direction"},
                          {Metric::messages, Grouping::status, "message_events", "autopilot_status"},
                          {Metric::messages, Grouping::template_, "message_events", "template_version"},
                          {Metric::leads, Grouping::none, "leads", "NULL"},
                          {Metric::leads, Grouping::source, "leads", "source"}}) {
    for (const Interval interval : {Interval::day, Interval::week, Interval::month}) {
      for (const char* zone : {"UTC", "Europe/Vienna", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"}) {
        SeriesQuery query;
        query.metric = one.metric;
        query.group_by = one.by;
        query.interval = interval;
        query.zone = zone;
        query.from = day("2026-03-25");  // a Wednesday: the first week is cut
        query.to = day("2026-05-02");
        const std::string unit(enum_name(interval));
        EXPECT_EQ(
            figures(query),
            recount(
                "SELECT b.at::date::text, s.key, s.count::text FROM (SELECT DISTINCT date_trunc($4, g.at) AS at FROM "
                "generate_series('2026-03-25'::timestamp, '2026-05-02', '1 day') AS g (at)) AS b LEFT JOIN (SELECT "
                "date_trunc($4, created_at AT TIME ZONE $3) AS at, coalesce(" +
                    std::string(one.key) + ", '-') AS key, count(*) FROM " + one.table +
                    " WHERE user_id = $1 AND $2 <> '' AND (created_at AT TIME ZONE $3)::date BETWEEN '2026-03-25' AND "
                    "'2026-05-02' GROUP BY 1, 2) AS s ON s.at = b.at",
                {anna_.user_id.to_string(), "x", zone, unit}))
            << one.table << " by " << one.key << ", " << unit << " of " << zone;
      }
    }
  }
}

// Days are kept by a worker: what it has not seen yet is counted from the rows.
TEST_F(TimeseriesOnPostgres, MessagesAndRepliesAreExactWhereverTheWorkerIs) {
  const auto compare = [&](const std::string& state) {
    for (const SeriesScope scope : {SeriesScope::user, SeriesScope::organization}) {
      const bool ours = scope == SeriesScope::organization;
      for (const auto& [metric, by, key] : {std::tuple{Metric::messages, Grouping::none, "NULL"},
                                            {Metric::messages, Grouping::status, "autopilot_status"},
                                            {Metric::messages, Grouping::template_, "template_version"},
                                            {Metric::replies, Grouping::none, "NULL"},
                                            {Metric::replies, Grouping::channel, "channel"},
                                            {Metric::replies, Grouping::template_, "template_version"}}) {
        for (const auto& [zone, interval] : {std::pair{"UTC", Interval::day},
                                             {"Europe/Vienna", Interval::day},
                                             {"Europe/Vienna", Interval::week},
                                             {"Asia/Kathmandu", Interval::month},
                                             {"Pacific/Kiritimati", Interval::day},
                                             {"Pacific/Pago_Pago", Interval::day}}) {
          SeriesQuery query;
          query.metric = metric;
          query.group_by = by;
          query.interval = interval;
          query.scope = scope;
          query.zone = zone;
          query.from = day("2026-03-25");
          query.to = day("2026-04-05");
          query.window = ReplyWindow::day;
          // Conversations are of one user, contact and organisation; at one instant the inbound message stands first.
          const std::string messages = metric == Metric::messages
                                           ? "message_events"
                                           : "(SELECT * FROM (SELECT *, lead(direction) OVER w AS next_direction, "
                                             "lead(created_at) OVER w - created_at AS delay "
                                             "FROM message_events WHERE contact_id IS NOT NULL AND (direction = "
                                             "'inbound' OR autopilot_status <> 'skipped') "
                                             "WINDOW w AS (PARTITION BY user_id, contact_id, org_id ORDER BY "
                                             "created_at, direction, id)) AS x WHERE direction "
                                             "= 'outbound' AND next_direction = 'inbound' AND delay <= '1 day')";
          EXPECT_EQ(
              figures(query),
              recount(
                  "SELECT b.at::date::text, s.key, s.count::text FROM (SELECT DISTINCT date_trunc($3, g.at) AS at FROM "
                  "generate_series('2026-03-25'::timestamp, '2026-04-05', '1 day') AS g (at)) AS b LEFT JOIN (SELECT "
                  "date_trunc($3, created_at AT TIME ZONE $2) AS at, coalesce(" +
                      std::string(key) + ", '-') AS key, count(*) FROM " + messages + " AS m WHERE " +
                      (ours ? "org_id" : "user_id") +
                      " = $1 AND (created_at AT TIME ZONE $2)::date BETWEEN '2026-03-25' AND '2026-04-05' GROUP BY 1, "
                      "2) "
                      "AS s ON s.at = b.at",
                  {(ours ? anna_.org_id : anna_.user_id).to_string(), zone, std::string(enum_name(interval))}))
              << state << ": " << enum_name(metric) << " by " << enum_name(by) << " of " << enum_name(scope) << " in "
              << zone;
        }
      }
    }
  };
  fill();
  compare("nothing is kept yet");
  bring_up_to_date();
  compare("all is kept");
  database_.run("DELETE FROM message_events WHERE abs(hashtext(id::text)) % 50 = 0 AND created_at < '2026-03-31Z'");
  database_.run(
      "UPDATE message_events SET created_at = created_at + interval '7 hours', template_version = 'v3' WHERE "
      "abs(hashtext(id::text)) % 61 = 0");
  database_.run("UPDATE message_events SET direction = 'inbound', user_id = $1 WHERE abs(hashtext(id::text)) % 83 = 0",
                {anna_.user_id.to_string()});
  compare("some is");
}

TEST_F(TimeseriesOnPostgres, WonDealsAreSummedByCurrency) {
  database_.run(
      "INSERT INTO deals (org_id, title, value, currency, stage, pipeline, owner_id, closed_at) SELECT CASE WHEN h % 6 "
      "= 0 THEN "
      "$2::uuid ELSE $1::uuid END, 'D', h % 100000 / 100.0, (ARRAY['EUR', 'JPY', 'eur', 'KWD'])[1 + h % 4], "
      "(ARRAY['won', "
      "'lost', "
      "'new'])[1 + h / 5 % 3], (ARRAY['default', 'second'])[1 + h / 9 % 2], CASE WHEN h % 7 > 0 THEN $3::uuid END, "
      "CASE WHEN h / "
      "5 % 3 < 2 THEN g.at END FROM generate_series('2026-03-20Z'::timestamptz, '2026-05-10Z', '31 minutes') AS g "
      "(at), "
      "abs(hashtext(g.at::text)) AS h",
      {anna_.org_id.to_string(), ben_.org_id.to_string(), anna_.user_id.to_string()});
  struct Case {
    Grouping by;
    const char* key;
  };
  for (const Case& one : {Case{Grouping::none, "'-'"},
                          {Grouping::stage, "stage"},
                          {Grouping::owner, "coalesce(owner_id::text, '-')"},
                          {Grouping::currency, "upper(currency)"}}) {
    for (const char* pipeline : {"", "second"}) {
      for (const Interval interval : {Interval::day, Interval::week, Interval::month}) {
        SeriesQuery query;
        query.metric = Metric::deals_won;
        query.group_by = one.by;
        query.interval = interval;
        query.zone = "America/Havana";
        query.from = day("2026-03-25");
        query.to = day("2026-05-02");
        if (*pipeline != '\0')
          query.pipeline = pipeline;
        const std::string unit(enum_name(interval));
        EXPECT_EQ(
            figures(query),
            recount(
                "SELECT b.at::date::text, s.key, concat_ws(' ', s.count, salesflow.money_text(s.value, s.currency)) "
                "FROM (SELECT DISTINCT "
                "date_trunc($2, "
                "g.at) AS at FROM generate_series('2026-03-25'::timestamp, '2026-05-02', '1 day') AS g (at)) AS b LEFT "
                "JOIN (SELECT date_trunc($2, closed_at AT TIME ZONE 'America/Havana') AS at, " +
                    std::string(one.key) +
                    " || ' ' || upper(currency) AS key, upper(currency) AS currency, count(*), sum(value) AS value "
                    "FROM deals WHERE org_id = $1 AND "
                    "stage = 'won' AND $3 IN ('', pipeline) AND (closed_at AT TIME ZONE 'America/Havana')::date "
                    "BETWEEN "
                    "'2026-03-25' AND '2026-05-02' GROUP BY 1, 2, 3) AS s ON s.at = b.at",
                {anna_.org_id.to_string(), unit, pipeline}))
            << one.key << ", " << unit << " of " << pipeline;
      }
    }
  }
}

TEST_F(TimeseriesOnPostgres, StagesAreCountedAndTimedByTheChangesThatTookPlace) {
  // Changes are made in the past: the clock that triggers read cannot be set.
  database_.run(
      "INSERT INTO deals (org_id, title, created_at, stage_entered_at) SELECT o, 'D', t, t FROM unnest(ARRAY[$1::uuid, "
      "$2]) AS o, "
      "generate_series(1, 40) AS i, LATERAL (SELECT '2026-03-20Z'::timestamptz + i * interval '7 hours' AS t) AS x",
      {anna_.org_id.to_string(), ben_.org_id.to_string()});
  database_.run("UPDATE deals SET stage = 'qualified' WHERE abs(hashtext(id::text)) % 4 > 0");
  database_.run(
      "UPDATE deals SET stage = CASE abs(hashtext(id::text)) % 4 WHEN 1 THEN 'won' ELSE 'lost' END WHERE stage = "
      "'qualified'");
  database_.run("UPDATE deal_stage_changes SET changed_at = entered_at + interval '31 hours' WHERE from_stage = 'new'");
  database_.run(
      "UPDATE deal_stage_changes AS c SET entered_at = b.changed_at, changed_at = b.changed_at + "
      "abs(hashtext(c.deal_id::text)) % 90 * interval '1 hour' "
      "FROM deal_stage_changes AS b WHERE b.deal_id = c.deal_id AND b.from_stage = 'new' AND c.from_stage = "
      "'qualified'");
  SeriesQuery query;
  query.metric = Metric::stage_conversion;
  query.zone = "Europe/Vienna";
  query.from = day("2026-03-21");
  query.to = day("2026-04-10");
  const std::string days =
      "SELECT d.at::date::text, s.key, s.figure FROM generate_series('2026-03-21'::timestamp, '2026-04-10', '1 day') "
      "AS d (at) LEFT JOIN (";
  EXPECT_EQ(
      figures(query),
      recount(
          days +
              "SELECT (changed_at AT TIME ZONE 'Europe/Vienna')::date AS at, coalesce(from_stage, '-') || ' to ' || "
              "to_stage AS key, "
              "count(*)::text AS figure FROM deal_stage_changes WHERE org_id = $1 GROUP BY 1, 2) AS s ON s.at = d.at",
          {anna_.org_id.to_string()}));
  query.metric = Metric::time_in_stage;
  EXPECT_EQ(
      figures(query),
      recount(days +
                  "SELECT (changed_at AT TIME ZONE 'Europe/Vienna')::date AS at, from_stage AS key, count(*)::text AS "
                  "figure FROM "
                  "deal_stage_changes WHERE org_id = $1 AND from_stage IS NOT NULL GROUP BY 1, 2) AS s ON s.at = d.at",
              {anna_.org_id.to_string()}));
  const auto stays = read(query);
  ASSERT_TRUE(stays);
  EXPECT_FALSE(stays->known_since) << "every deal was made here";
  ASSERT_EQ(stays->series.size(), 2u);
  for (const Series& series : stays->series) {
    if (series.key == "new") {
      EXPECT_DOUBLE_EQ(series.average.value(), 31 * 3600);
      EXPECT_DOUBLE_EQ(series.median.value(), 31 * 3600);
    } else {
      EXPECT_NEAR(
          series.average.value(),
          std::stod(
              database_
                  .run(
                      "SELECT avg(abs(hashtext(id::text)) % 90 * 3600) FROM deals WHERE org_id = $1 AND stage <> 'new'",
                      {anna_.org_id.to_string()})
                  .value()),
          0.001);
    }
  }
  // A deal that comes with a past is known from when it entered its stage.
  database_.run(
      "INSERT INTO deals (org_id, title, stage, created_at, stage_entered_at) VALUES ($1, 'D', 'meeting', "
      "'2025-01-01Z', '2026-02-03Z')",
      {anna_.org_id.to_string()});
  EXPECT_EQ(read(query)->known_since, parse_rfc3339("2026-02-03T00:00:00Z"));
}

TEST_F(TimeseriesOnPostgres, AZoneThatDoesNotExistIsAnErrorOfTz) {
  for (const Metric metric : {Metric::messages, Metric::deals_won, Metric::time_in_stage}) {
    SeriesQuery query;
    query.metric = metric;
    query.zone = "Europe/Atlantis";
    const auto answer = read(query);
    ASSERT_TRUE(answer.has_error());
    EXPECT_EQ(answer.error().code, Errc::invalid_argument);
    EXPECT_NE(answer.error().public_detail.find("tz"), std::string::npos);
  }
}

TEST_F(TimeseriesOnPostgres, WithoutARangeItIsTheLastThirtyDaysOfTheZone) {
  SeriesQuery query;
  query.zone = "Pacific/Kiritimati";
  const auto answer = read(query);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->buckets.size(), 30u);
  EXPECT_EQ(format_date(answer->last_day),
            database_.run("SELECT (now() AT TIME ZONE 'Pacific/Kiritimati')::date").value());
  EXPECT_EQ(request_.statements, 1u);
  EXPECT_EQ(request_.round_trips, 1u);
}

}  // namespace
}  // namespace salesflow::analytics
