// What a dashboard makes of packed days, single sessions and counts; without a database.
#include "features/analytics/dashboard.hpp"

#include <gtest/gtest.h>

#include "features/analytics/dashboard_store.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::analytics {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using test::run_task;

constexpr Date monday = std::chrono::sys_days(std::chrono::year(2026) / 3 / 2);

/// Big-endian bytes.
class Bytes {
 public:
  void put(std::int64_t value, int width) {
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8)
      bytes_.push_back(static_cast<std::byte>(value >> shift));
  }
  std::span<const std::byte> span() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// Quarter hours as migration 0082 packs them.
class Quarters : public Bytes {
 public:
  explicit Quarters(int width = 1, int reward_width = 2) : width_(width), reward_width_(reward_width) {
    put(width, 1);
    put(reward_width, 1);
  }
  Quarters& quarter(int quarter, int sessions, int conversions = 0, int positive = 0, int rewarded = 0,
                    std::int64_t reward = 0) {
    put(quarter, 1);
    for (const int value : {sessions, conversions, positive, rewarded})
      put(value, width_);
    put(reward, reward_width_);
    return *this;
  }

 private:
  int width_, reward_width_;
};

/// The same of people.
class People : public Bytes {
 public:
  explicit People(int width = 1) : width_(width) { put(width, 1); }
  People& person(int number, int first, int last) {
    put(number, width_);
    put(first, 1);
    put(last, 1);
    return *this;
  }

 private:
  int width_;
};

TEST(SessionDays, ShareADayOutAtTheCut) {
  // The second local day begins at 22:00 of Monday in UTC: quarter hour 88.
  SessionDays sum({monday - 2h, monday + 22h, monday + 46h});
  const auto quarters = Quarters().quarter(87, 3, 1, 0, 3, 25'000).quarter(88, 5, 0, 2, 4, -1'000);
  const auto people = People().person(0, 87, 87).person(7, 10, 90).person(70, 88, 95);
  ASSERT_TRUE(sum.add_day(monday, quarters.span(), people.span()));
  EXPECT_EQ(sum.figures(0, 1), (SessionFigures{3, 1, 0, 3, 25'000, 2}));
  EXPECT_EQ(sum.figures(1, 2), (SessionFigures{5, 0, 2, 4, -1'000, 2}));
  EXPECT_EQ(sum.figures(0, 2), (SessionFigures{8, 1, 2, 7, 24'000, 3})) << "one of them on both days";
}

TEST(SessionDays, LeaveOutWhatIsOutsideOfTheRange) {
  SessionDays sum({monday + 2h, monday + 26h});
  ASSERT_TRUE(sum.add_day(monday, Quarters().quarter(7, 1).quarter(8, 1).span(), People().person(1, 7, 7).span()));
  ASSERT_TRUE(
      sum.add_day(monday + days(1), Quarters().quarter(7, 1).quarter(8, 1).span(), People().person(2, 7, 8).span()));
  EXPECT_EQ(sum.figures(0, 1), (SessionFigures{2, 0, 0, 0, 0, 1}));
  sum.add_session({monday + 26h, {}, {}, "converted", {}});
  EXPECT_EQ(sum.figures(0, 1).sessions, 2);
}

TEST(SessionDays, CountAPersonOnceWithAndWithoutNumber) {
  SessionDays sum({monday, monday + 24h});
  const Uuid somebody = Uuid::v7();
  sum.add_session({monday + 1h, 3, somebody, "converted", 5'000});
  sum.add_session({monday + 2h, 3, somebody, "", {}});
  sum.add_session({monday + 3h, {}, Uuid::v7(), "positive_reply", {}});
  EXPECT_EQ(sum.figures(0, 1), (SessionFigures{3, 1, 1, 1, 5'000, 2}));
}

TEST(SessionDays, TakeNumbersOfEveryWidth) {
  SessionDays sum({monday, monday + 24h});
  ASSERT_TRUE(
      sum.add_day(monday, Quarters(1, 1).quarter(0, 255, 1, 2, 3, -128).span(), People(1).person(255, 0, 0).span()));
  ASSERT_TRUE(sum.add_day(monday, Quarters(2, 3).quarter(1, 65'535, 256, 0, 0, -8'000'000).span(),
                          People(2).person(256, 1, 1).span()));
  ASSERT_TRUE(sum.add_day(monday, Quarters(4, 8).quarter(95, 1'000'000, 0, 0, 0, 9'000'000'000'000).span(),
                          People(4).person(70'000, 95, 95).span()));
  EXPECT_EQ(sum.figures(0, 1), (SessionFigures{1'065'790, 257, 2, 3, 8'999'991'999'872, 3}));
}

TEST(SessionDays, SayWhenADayCannotBeTakenApart) {
  SessionDays odd({monday, monday + 7min, monday + 24h});
  EXPECT_FALSE(odd.add_day(monday, Quarters().quarter(1, 1).span(), {}));
  SessionDays inside({monday, monday + 1h, monday + 2h, monday + 24h});
  EXPECT_FALSE(inside.add_day(monday, Quarters().quarter(1, 1).quarter(9, 1).span(), People().person(0, 1, 9).span()))
      << "between them the person may have been active or not";
  EXPECT_FALSE(inside.add_day(monday, Quarters().quarter(1, 1).span().first(5), {}));
  EXPECT_FALSE(inside.add_day(monday, Quarters().span().first(1), {}));
  EXPECT_FALSE(inside.add_day(monday, Quarters().quarter(9, 1).quarter(1, 1).span(), {})) << "not in order";
  EXPECT_FALSE(inside.add_day(monday, Quarters(0, 1).span(), {}));
  EXPECT_FALSE(inside.add_day(monday, Quarters(1, 9).span(), {}));
  EXPECT_FALSE(inside.add_day(monday, Quarters().span(), People(5).span()));
  EXPECT_FALSE(inside.add_day(monday, Quarters().span(), People(2).person(1, 2, 3).span().first(4)));
}

TEST(SessionDays, TakeADayThatDoesNotExist) {
  // The zone leaves a day out: two cuts at one instant.
  SessionDays sum({monday - 14h, monday + 10h, monday + 10h, monday + 34h});
  ASSERT_TRUE(sum.add_day(monday, Quarters().quarter(39, 1).quarter(40, 2).span(), People().person(0, 39, 40).span()));
  EXPECT_EQ(sum.figures(0, 1).sessions, 1);
  EXPECT_EQ(sum.figures(1, 2).sessions, 0);
  EXPECT_EQ(sum.figures(2, 3).sessions, 2);
  EXPECT_EQ(sum.figures(2, 3).active_users, 1);
}

/// Answers with what a test gives it.
class FakeStore final : public DashboardStore {
 public:
  Task<Result<RowSet<LocalDayRow>>> list_local_days(RequestContext&, std::string, Date first, Date last) override {
    ++zones;
    RowSet<LocalDayRow> rows;
    for (Date day = first; day <= last + std::chrono::days(1); day += std::chrono::days(1))
      rows.rows.push_back({day, day});
    co_return rows;
  }
  Task<Result<RowSet<PackedDayRow>>> list_session_days(RequestContext&, DashboardScope, Date first,
                                                       Date last) override {
    ++reads;
    asked = {first, last};
    co_return days;
  }
  Task<Result<RowSet<SessionDayRow>>> read_session_days(RequestContext&, DashboardScope, Date, Date) override {
    ++stale_reads;
    co_return sessions;
  }
  Task<Result<RowSet<CountedSessionsRow>>> count_sessions(RequestContext&, Source source, DashboardScope, std::string,
                                                          DayRange, Interval) override {
    counted.push_back(source);
    co_return counts;
  }
  RowSet<PackedDayRow> days;
  RowSet<SessionDayRow> sessions;
  RowSet<CountedSessionsRow> counts;
  int reads = 0, stale_reads = 0, zones = 0;
  std::pair<Date, Date> asked;
  std::vector<Source> counted;
};

class DashboardRules : public testing::Test {
 protected:
  DashboardRules() {
    CountedSessionsRow total;
    total.part = "total";
    total.from = monday;
    total.to = monday + days(1);
    store.counts.rows.push_back(total);
  }
  Result<DashboardReport> read(DashboardQuery query, Source source = Source::live) {
    return run_task(dashboard.read(request, std::move(query), source));
  }
  std::string field_of(DashboardQuery query) {
    const auto report = read(std::move(query));
    return report || report.error().errors.empty() ? "" : report.error().errors.front().field;
  }
  FakeStore store;
  Dashboard dashboard{store, [] { return TimePoint(monday + days(10)); }};
  RequestContext request;
};

TEST_F(DashboardRules, NameTheFieldThatIsWrong) {
  DashboardQuery turned;
  turned.from = monday;
  turned.to = monday - days(1);
  EXPECT_EQ(field_of(turned), "query.from");
  DashboardQuery later;
  later.from = monday + days(12);
  EXPECT_EQ(field_of(later), "query.from");
  DashboardQuery wide;
  wide.from = monday - days(3000);
  EXPECT_EQ(field_of(wide), "query.from");
  DashboardQuery nowhere;
  nowhere.zone = "Mars; DROP TABLE";
  EXPECT_EQ(field_of(nowhere), "query.tz");
  DashboardQuery everybody;
  everybody.scope = DashboardScope::all;
  EXPECT_EQ(read(everybody).error().code, Errc::forbidden);
  EXPECT_EQ(store.reads, 0);
}

TEST_F(DashboardRules, GroupDaysByWeeksThatBeginOnMonday) {
  PackedDayRow day;
  const auto quarters = Quarters().quarter(0, 1);
  day.quarters = quarters.span();
  for (int i = -1; i <= 1; ++i) {
    day.day = monday + days(i);
    store.days.rows.push_back(day);
  }
  DashboardQuery query;
  query.from = monday - days(1);
  query.to = monday + days(1);
  query.interval = Interval::week;
  const auto report = read(query);
  ASSERT_TRUE(report);
  EXPECT_EQ(store.asked, std::pair(monday - days(1), monday + days(2)));
  ASSERT_EQ(report->periods.size(), 2U);
  EXPECT_EQ(report->periods[0].start, monday);
  EXPECT_EQ(report->periods[0].figures.sessions, 2);
  EXPECT_EQ(report->periods[1].start, monday - days(7));
  EXPECT_EQ(report->periods[1].figures.sessions, 1);
  EXPECT_EQ(report->total.sessions, 3);
  EXPECT_EQ(report->source, Source::live);
}

TEST_F(DashboardRules, TakeSingleSessionsWhenADayIsNotSummedUp) {
  const auto quarters = Quarters().quarter(0, 5);
  store.days.rows = {{monday, quarters.span(), {}}, {monday, {}, {}}};
  SessionDayRow session;
  session.at = monday + 1h;
  store.sessions.rows.push_back(session);
  DashboardQuery query;
  query.from = query.to = monday;
  EXPECT_EQ(read(query)->total.sessions, 1);
  EXPECT_EQ(store.stale_reads, 1);
}

TEST_F(DashboardRules, AskForTheDaysOfAZoneOnce) {
  DashboardQuery query;
  query.days = 731;
  query.compare = true;
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(read(query));
  EXPECT_EQ(store.zones, 1);
  EXPECT_EQ(store.asked.second, monday + days(11));
  query.zone = "Europe/Vienna";
  ASSERT_TRUE(read(query));
  EXPECT_EQ(store.zones, 2);
}

TEST_F(DashboardRules, CountRowsWhereSummariesCannotTell) {
  DashboardQuery query;
  query.from = std::chrono::sys_days(std::chrono::year(2011) / 12 / 31);
  query.to = *query.from + days(2);
  const auto old = read(query);
  ASSERT_TRUE(old);
  EXPECT_EQ(old->source, Source::raw);
  EXPECT_EQ(store.counted, std::vector{Source::raw});
}

TEST_F(DashboardRules, FillPeriodsThatHaveNoSessions) {
  for (const auto source : {Source::raw, Source::live}) {
    DashboardQuery query;
    query.from = monday;
    query.to = monday + days(1);
    query.fill = true;
    const auto report = read(query, source);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->periods.size(), 2U);
    EXPECT_EQ(report->periods.front().start, monday + days(1));
  }
  EXPECT_TRUE(read({})->periods.empty());
}

}  // namespace
}  // namespace salesflow::analytics
