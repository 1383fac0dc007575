// The rules of template figures, without a database.
#include "features/analytics/templates.hpp"

#include <gtest/gtest.h>

#include "tests/support/run_task.hpp"

namespace salesflow::analytics {
namespace {

using std::chrono::days;
using test::run_task;

constexpr Date today = std::chrono::sys_days(std::chrono::year(2026) / 11 / 29);
TimePoint now() {
  return today;
}

struct FakeStore final : TemplateStore {
  Task<Result<RowSet<TemplateRow>>> list_templates(RequestContext&, Source source, TemplateFilter filter) override {
    asked = std::move(filter);
    asked_source = source;
    co_return fail(Errc::unavailable, "not here");
  }
  Task<Result<RowSet<ChannelRow>>> list_channels(RequestContext&, Source source, TemplateScope, TemplatePeriod,
                                                 ReplyWindow) override {
    asked_source = source;
    co_return fail(Errc::invalid_argument, "time zone");
  }
  std::optional<TemplateFilter> asked;
  std::optional<Source> asked_source;
};

struct TemplateRules : testing::Test {
  Error refusal(TemplatePeriod period) {
    TemplateFilter filter;
    filter.period = std::move(period);
    store.asked.reset();
    const auto report = run_task(templates.list(request, std::move(filter), Source::live));
    EXPECT_FALSE(report);
    return report.error();
  }
  static std::string field(const Error& error) { return error.errors.empty() ? "" : error.errors.front().field; }

  FakeStore store;
  Templates templates{store, now};
  RequestContext request;
};

TEST_F(TemplateRules, RefusesPeriodsThatCannotBeWithoutAskingTheStore) {
  EXPECT_EQ(field(refusal({today, today - days(1), 30, "UTC"})), "query.from");
  EXPECT_EQ(field(refusal({today - days(732), today, 30, "UTC"})), "query.from");
  EXPECT_EQ(field(refusal({today + days(2), {}, 30, "UTC"})), "query.from");
  EXPECT_EQ(field(refusal({{}, {}, 30, "Europe/Vienna'"})), "query.tz");
  EXPECT_FALSE(store.asked);
  EXPECT_EQ(refusal({today - days(731), today, 30, "UTC"}).code, Errc::unavailable);
  EXPECT_TRUE(store.asked);
}

TEST_F(TemplateRules, ZoneThatTheDatabaseDoesNotKnowIsNamed) {
  const auto report =
      run_task(templates.list_channels(request, TemplateScope::user, {{}, {}, 30, "Mars/Olympus"}, {}, Source::mv));
  ASSERT_FALSE(report);
  EXPECT_EQ(field(report.error()), "query.tz");
  EXPECT_EQ(store.asked_source, Source::live) << "the view knows no channels";
}

TEST_F(TemplateRules, TemplateIsNotComparedWithItself) {
  const auto same = run_task(templates.compare_variants(request, {"v1", "p"}, {"v1", "p"}, {}, Source::live));
  ASSERT_FALSE(same);
  EXPECT_EQ(field(same.error()), "query.b");
  const auto personas = run_task(templates.compare_variants(request, {"v1", "p"}, {"v1", "q"}, {}, Source::live));
  EXPECT_EQ(personas.error().code, Errc::unavailable);
}

TemplateComparison comparison_of(Share a, Share b) {
  TemplateComparison made;
  made.a.template_version = "v1";
  made.a.persona_variant = "formal";
  made.b.template_version = "v2";
  made.a.answerable = a.tries;
  made.a.replies = a.hits;
  made.b.answerable = b.tries;
  made.b.replies = b.hits;
  made.difference = compare(a, b);
  return made;
}

TEST(TemplateWords, SayWhetherTheDifferenceIsMoreThanChance) {
  EXPECT_EQ(
      explain(comparison_of({48, 80}, {56, 70}), Language::en),
      "v2 was answered more often than v1 / formal: 80.0 % (56 of 70) against 60.0 % (48 of 80). The difference of "
      "20.0 percentage points (95 % interval 5.2 to 33.4, p = 0.008) is more than chance.");
  EXPECT_EQ(
      explain(comparison_of({3, 4}, {1, 4}), Language::en),
      "v1 / formal was answered more often than v2: 75.0 % (3 of 4) against 25.0 % (1 of 4). The difference of "
      "50.0 percentage points (95 % interval -13.5 to 78.9, p = 0.486) can be chance: more messages are needed to "
      "tell.");
  EXPECT_EQ(explain(comparison_of({1, 2}, {2, 4}), Language::en).find("v1 / formal and v2 were answered equally often"),
            0U);
  EXPECT_EQ(explain(comparison_of({0, 0}, {2, 4}), Language::en),
            "Nothing to compare: in this period there is no message that could be answered of v1 / formal.");
}

TEST(TemplateWords, AreGermanWhenAsked) {
  EXPECT_EQ(explain(comparison_of({48, 80}, {56, 70}), Language::de),
            "v2 wurde öfter beantwortet als v1 / formal: 80,0 % (56 von 70) gegenüber 60,0 % (48 von 80). Der "
            "Unterschied von 20,0 Prozentpunkten (95-%-Intervall 5,2 bis 33,4; p = 0,008) ist mehr als Zufall.");
}

TEST(TemplateSums, KeepFirstAndLastUse) {
  TemplateFigures one, other;
  one.total = 2;
  one.first_used = one.last_used = today;
  other.total = 3;
  other.skipped = 1;
  other.first_used = today - days(2);
  other.last_used = today - days(1);
  const auto sum = sum_of({one, other}, "v1");
  EXPECT_EQ(sum.total, 5);
  EXPECT_EQ(sum.skipped, 1);
  EXPECT_EQ(sum.first_used, TimePoint(today - days(2)));
  EXPECT_EQ(sum.last_used, TimePoint(today));
}

}  // namespace
}  // namespace salesflow::analytics
