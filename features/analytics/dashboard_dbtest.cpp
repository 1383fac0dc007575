// Live dashboards against a recount from single sessions, on a real PostgreSQL: in every zone, after whatever is
// written, summed up or not.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "features/analytics/dashboard.hpp"
#include "features/analytics/dashboard_store.hpp"
#include "features/analytics/feedback_store.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::analytics {

namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using std::chrono::days;
using test::Login;
using test::run_task;

std::string show(const DashboardReport& report) {
  const auto line = [](const SessionFigures& f) {
    return fmt::format("{} sessions, {} converted, {} positive, {} rewarded, {} reward, {} users", f.sessions,
                       f.conversions, f.positive_replies, f.rewarded, f.reward, f.active_users);
  };
  std::string text =
      fmt::format("{}..{} total {}", format_date(report.from), format_date(report.to), line(report.total));
  if (report.before)
    text += "\nbefore " + line(*report.before);
  for (const auto& period : report.periods)
    text += "\n" + format_date(period.start) + " " + line(period.figures);
  return text;
}

class DashboardDatabase : public testing::TestWithParam<PoolMode> {
 protected:
  DashboardDatabase() {
    request_.deadline = std::chrono::steady_clock::now() + 10min;
    act_as(anna_);
    for (int i = 0; i < 3; ++i)
      colleagues_.push_back(Uuid::v7());
  }
  ~DashboardDatabase() override {
    auto drain = [](postgres::Database& db) -> Task<bool> {
      co_await db.drain(std::chrono::steady_clock::now() + 2s);
      co_return true;
    };
    run_task(context_, drain(db_));
  }
  void act_as(const test::TestDatabase::Account& account) {
    request_.identity.user_id = account.user_id;
    request_.identity.org_id = account.org_id;
  }
  /// `count` sessions spread over a range, of Anna and her colleagues; some end on full quarter hours, and Ben's
  /// beside.
  void add_sessions(const std::string& from, const std::string& until, int count) {
    database_.run(
        "INSERT INTO rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, input_context, "
        "generated_response, generation_model, outcome, response_used, user_rating, created_at) SELECT ($1::uuid[])[1 "
        "+ "
        "i % 4], CASE WHEN i % 13 = 0 THEN $2 ELSE $3 END::uuid, 'h', 'follow_up', '{}', 'r', 'm', "
        "(ARRAY['converted', 'positive_reply', 'no_reply', NULL])[1 + i % 7 % 4], i % 3 = 0, 1 + i % 5, CASE WHEN i % "
        "5 = "
        "0 THEN date_bin('15 minutes', at, '2000-01-01Z') WHEN i % 5 = 1 THEN date_bin('15 minutes', at, "
        "'2000-01-01Z') - interval '1 microsecond' ELSE at END FROM (SELECT i, $4::timestamptz + "
        "(($5::timestamptz - $4::timestamptz) * ((i * 7919) % $6::int) / $6::int) AS at FROM generate_series(1, "
        "$6::int) AS i) AS s",
        {fmt::format("{{{},{},{},{}}}", anna_.user_id.to_string(), colleagues_[0].to_string(),
                     colleagues_[1].to_string(), colleagues_[2].to_string()),
         ben_.org_id.to_string(), anna_.org_id.to_string(), from, until, std::to_string(count)});
  }
  void refresh(int entries = 100'000) {
    database_.run_as(Login::worker, fmt::format("SELECT salesflow.refresh_summaries({})", entries));
  }
  DashboardReport read(DashboardQuery query, Source source) {
    Dashboard dashboard(*store_);
    auto report = run_task(context_, dashboard.read(request_, std::move(query), source));
    if (!report)
      throw std::runtime_error(report.error().public_detail + " " + report.error().log_detail);
    return std::move(*report);
  }
  /// Empty when the live answer is what single sessions say.
  std::string difference(const DashboardQuery& query, Source expected_source = Source::live) {
    const auto live = read(query, Source::live), raw = read(query, Source::raw);
    if (live.source != expected_source)
      return "source is not what it should be";
    if (live.from == raw.from && live.to == raw.to && live.periods == raw.periods && live.total == raw.total &&
        live.before == raw.before)
      return "";
    return fmt::format("{} of {} days, scope {}: live\n{}\nraw\n{}", query.zone, query.days,
                       static_cast<int>(query.scope), show(live), show(raw));
  }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com"),
                              ben_ = database_.create_account("ben@example.com");
  std::vector<Uuid> colleagues_;
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, test::pool_settings(database_, GetParam())};
  std::unique_ptr<DashboardStore> store_ = make_pg_dashboard_store(db_);
  RequestContext request_;
};

TEST_P(DashboardDatabase, AgreesWithARecountInEveryZone) {
  if (GetParam() == PoolMode::pooled)
    GTEST_SKIP() << "waits for nothing: it runs in direct mode, and zones do not depend on the mode";
  // Both changes of clocks of 2026, wherever they are, loaded in bulk over the days around them, then corrected.
  add_sessions("2026-03-01Z", "2026-04-20Z", 1500);
  add_sessions("2026-09-01Z", "2026-11-08Z", 1500);
  refresh();
  add_sessions("2026-03-28Z", "2026-03-30Z", 40);
  database_.run(
      "UPDATE rlhf_feedback_sessions SET created_at = created_at + interval '26 hours', outcome = 'converted' WHERE "
      "created_at BETWEEN '2026-10-24Z' AND '2026-10-25Z'");
  const auto zones = database_.run("SELECT name FROM pg_timezone_names ORDER BY name");
  ASSERT_GT(zones.rows.size(), 400U);
  for (std::size_t i = 0; i < zones.rows.size(); ++i) {
    DashboardQuery query;
    query.zone = zones.value(i);
    query.from = std::chrono::sys_days(std::chrono::year(2026) / 3 / 5);
    query.to = std::chrono::sys_days(std::chrono::year(2026) / 4 / 15);
    ASSERT_EQ(difference(query), "");
    query.from = std::chrono::sys_days(std::chrono::year(2026) / 9 / 5);
    query.to = std::chrono::sys_days(std::chrono::year(2026) / 11 / 5);
    query.interval = i % 3 == 0 ? Interval::week : Interval::day;
    query.compare = i % 5 == 0;
    query.scope = i % 7 == 0 ? DashboardScope::user : DashboardScope::organization;
    ASSERT_EQ(difference(query), "");
  }
}

TEST_P(DashboardDatabase, KnowsDaysOfHalfAnHourAndDaysThatDoNotExist) {
  // Samoa left out 30 December 2011, before what quarter hours are good for: rows are counted.
  add_sessions("2011-12-28Z", "2012-01-03Z", 100);
  add_sessions("2026-04-03Z", "2026-04-07Z", 200);
  refresh();
  DashboardQuery query;
  query.zone = "Pacific/Apia";
  query.from = std::chrono::sys_days(std::chrono::year(2011) / 12 / 27);
  query.to = std::chrono::sys_days(std::chrono::year(2012) / 1 / 4);
  EXPECT_EQ(difference(query, Source::raw), "");
  query.zone = "Australia/Lord_Howe";  // 30 minutes of summer time, until 5 April
  query.from = std::chrono::sys_days(std::chrono::year(2026) / 4 / 2);
  query.to = std::chrono::sys_days(std::chrono::year(2026) / 4 / 8);
  EXPECT_EQ(difference(query), "");
  query.zone = "Asia/Kathmandu";
  EXPECT_EQ(difference(query), "");
}

TEST_P(DashboardDatabase, AgreesWithARecountAfterWhateverIsWritten) {
  add_sessions("2026-06-01Z", "2026-08-01Z", 300);
  const std::vector<std::string> zones{"UTC", "Europe/Vienna", "America/Los_Angeles", "Asia/Kolkata",
                                       "Pacific/Chatham"};
  const std::string some =
      "WHERE id IN (SELECT id FROM rlhf_feedback_sessions ORDER BY md5(id::text || '{}') LIMIT {})";
  const bool good = rc::check("live is what single sessions say", [&] {
    for (int step = 0; step < 3; ++step) {
      const auto seed = *rc::gen::inRange(0, 1'000'000);
      const auto size = *rc::gen::inRange(1, 30);
      const std::string these = fmt::format(fmt::runtime(some), seed, size);
      switch (*rc::gen::inRange(0, 8)) {
        case 0:
          add_sessions("2026-06-01Z", "2026-08-01Z", size);
          break;
        case 1:
          database_.run("UPDATE rlhf_feedback_sessions SET created_at = created_at + interval '13 hours' " + these);
          break;
        case 2:
          database_.run("UPDATE rlhf_feedback_sessions SET outcome = 'converted', user_rating = 5 " + these);
          break;
        case 3:
          database_.run("UPDATE rlhf_feedback_sessions SET user_id = $1 " + these, {colleagues_[0].to_string()});
          break;
        case 4:
          database_.run(
              "UPDATE rlhf_feedback_sessions SET org_id = CASE WHEN org_id = $1 THEN $2 ELSE $1 END::uuid " + these,
              {anna_.org_id.to_string(), ben_.org_id.to_string()});
          break;
        case 5:
          database_.run("DELETE FROM rlhf_feedback_sessions " + these);
          break;
        case 6:
          refresh(size);
          break;
        default:
          refresh();
      }
      DashboardQuery query;
      query.zone = zones[static_cast<std::size_t>(*rc::gen::inRange(0, 5))];
      query.from = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1) + days(*rc::gen::inRange(0, 40));
      query.to = *query.from + days(*rc::gen::inRange(0, 40));
      query.interval = static_cast<Interval>(*rc::gen::inRange(0, 3));
      query.scope = *rc::gen::arbitrary<bool>() ? DashboardScope::user : DashboardScope::organization;
      query.compare = *rc::gen::arbitrary<bool>();
      query.fill = *rc::gen::arbitrary<bool>();
      const auto found = difference(query);
      if (!found.empty())
        RC_FAIL(found);
    }
  });
  EXPECT_TRUE(good);
}

TEST_P(DashboardDatabase, ShowsAnOrganisationToItsMembersAndEverybodyToSuperadmins) {
  add_sessions("2026-06-01Z", "2026-06-20Z", 130);
  refresh();
  add_sessions("2026-06-18Z", "2026-06-20Z", 13);
  DashboardQuery query;
  query.from = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
  query.to = std::chrono::sys_days(std::chrono::year(2026) / 6 / 30);
  EXPECT_EQ(read(query, Source::live).total.sessions, 132);
  EXPECT_EQ(read(query, Source::live).total.active_users, 4);
  act_as(ben_);
  EXPECT_EQ(read(query, Source::live).total.sessions, 11);
  query.scope = DashboardScope::user;
  EXPECT_EQ(read(query, Source::live).total, SessionFigures{});
  query.scope = DashboardScope::all;
  request_.identity.superadmin = true;
  EXPECT_EQ(read(query, Source::live).total.sessions, 0) << "the database does not take the token's word";
  database_.run("UPDATE users SET role = 'superadmin' WHERE id = $1", {ben_.user_id.to_string()});
  EXPECT_EQ(read(query, Source::live).total.sessions, 143);
}

TEST_P(DashboardDatabase, ReadsTheMaterializedViewAsOfItsRefresh) {
  add_sessions("2026-06-01Z", "2026-06-20Z", 260);
  database_.run("SELECT salesflow.refresh_materialized_view('mv_rlhf_sessions_daily')");
  DashboardQuery query;
  query.from = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
  query.to = std::chrono::sys_days(std::chrono::year(2026) / 6 / 30);
  query.zone = "Europe/Vienna";
  query.compare = true;
  for (const auto scope : {DashboardScope::organization, DashboardScope::user}) {
    query.scope = scope;
    const auto view = read(query, Source::mv), raw = read(query, Source::raw);
    EXPECT_EQ(show(view), show(raw));
    EXPECT_EQ(view.source, Source::mv);
  }
  add_sessions("2026-06-01Z", "2026-06-20Z", 26);
  EXPECT_NE(show(read(query, Source::mv)), show(read(query, Source::raw)));
}

TEST_P(DashboardDatabase, TellsAUnknownZone) {
  Dashboard dashboard(*store_);
  DashboardQuery query;
  query.zone = "Mars/Olympus";
  for (const auto source : {Source::live, Source::raw, Source::mv}) {
    const auto report = run_task(context_, dashboard.read(request_, query, source));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::invalid_argument);
    EXPECT_EQ(report.error().errors.at(0).field, "query.tz");
  }
}

TEST_P(DashboardDatabase, RecordsFeedbackOfOnesOwnSessionsAndSumsItUp) {
  add_sessions("2026-06-01Z", "2026-06-20Z", 20);
  refresh();
  const auto feedback_store = make_pg_feedback_store(db_);
  FeedbackUseCase feedback(*feedback_store);
  const auto mine = Uuid::parse(database_
                                    .run("SELECT id FROM rlhf_feedback_sessions WHERE user_id = $1 AND outcome IS "
                                         "DISTINCT FROM 'converted' LIMIT 1",
                                         {anna_.user_id.to_string()})
                                    .value())
                        .value();
  const auto before = run_task(context_, feedback.performance(request_));
  ASSERT_TRUE(before);
  const auto recorded = run_task(context_, feedback.record(request_, {mine, Outcome::converted, 5, true, "edited"}));
  ASSERT_TRUE(recorded) << recorded.error().log_detail;
  EXPECT_EQ(database_
                .run("SELECT concat_ws(' ', outcome, user_rating, response_used, edited_response, user_edited, "
                     "composite_reward, outcome_recorded_at IS NOT NULL) FROM rlhf_feedback_sessions WHERE id = $1",
                     {mine.to_string()})
                .value(),
            "converted 5 t edited t 1.00 t");
  const auto after = run_task(context_, feedback.performance(request_));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->conversions, before->conversions + 1);
  refresh();
  const auto later = run_task(context_, feedback.performance(request_));
  ASSERT_TRUE(later);
  EXPECT_EQ(later->conversions, after->conversions);
  EXPECT_EQ(later->total_sessions, after->total_sessions);
  EXPECT_EQ(later->avg_rating, after->avg_rating);
  ASSERT_EQ(later->top_strategies.size(), 1U);
  EXPECT_EQ(later->top_strategies[0].strategy, "general");
  act_as(ben_);
  EXPECT_EQ(run_task(context_, feedback.record(request_, {mine, Outcome::unknown, {}, false, {}})).error().code,
            Errc::not_found);
}

INSTANTIATE_TEST_SUITE_P(Modes, DashboardDatabase, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::analytics
