// Templates ranked and compared, and what the materialized view knows of them, on a real PostgreSQL.
#include "tests/support/templates_rig.hpp"

namespace salesflow::analytics {
namespace {

using std::chrono::days;
using test::run_task;

class TemplatesCompared : public TemplatesRig {};

TEST_F(TemplatesCompared, ViewIsOfAllTimeAndSaysSince) {
  add("2025-03-28T10:00:00Z", "outbound", "v1");
  add("2025-08-28T11:00:00Z", "inbound");
  auto filter = all_days();
  EXPECT_EQ(read(filter, Source::mv).origin.as_of, time_minus_infinity);
  database_.run("SELECT salesflow.refresh_materialized_view('mv_template_performance')");
  for (const auto scope : {TemplateScope::user, TemplateScope::organization}) {
    filter.scope = scope;
    const auto report = read(filter, Source::mv);
    ASSERT_EQ(report.templates.size(), 1U);
    EXPECT_EQ(report.templates[0].replies, 1) << "whenever it came";
    EXPECT_FALSE(report.templates[0].skipped);
    EXPECT_FALSE(report.origin.from);
  }
}

TEST_F(TemplatesCompared, BestIsWhoIsSurelyAnsweredAndWasSentOften) {
  const auto send = [&](const std::string& version, int times, int answered) {
    database_.run(
        "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, normalized_text, "
        "autopilot_status, template_version, created_at) SELECT $1, $2, md5($3 || i)::uuid, 'email', d, 'x', "
        "'sent', CASE d WHEN 'outbound' THEN $3 END, '2026-03-28'::timestamptz + interval '1 hour' * (d = "
        "'inbound')::int FROM generate_series(1, $4::int) AS i, unnest('{outbound,inbound}'::text[]) AS d "
        "WHERE d = 'outbound' OR i <= $5::int",
        {anna_.user_id.to_string(), anna_.org_id.to_string(), version, std::to_string(times),
         std::to_string(answered)});
  };
  send("few", 29, 29);
  send("lucky", 30, 18);
  send("sure", 300, 170);
  auto filter = all_days();
  filter.best_first = true;
  filter.limit_rows = 1;
  for (const auto source : {Source::live, Source::raw}) {
    const auto report = read(filter, source);
    ASSERT_EQ(report.templates.size(), 1U);
    EXPECT_EQ(report.templates[0].template_version, "sure");
    EXPECT_EQ(report.count, 2);
  }
  const auto comparison =
      run_task(context_, templates_.compare_variants(request_, {"few", {}}, {"sure", {}}, all_days(), Source::live));
  ASSERT_TRUE(comparison && comparison->difference);
  EXPECT_EQ(comparison->a.replies, 29);
  EXPECT_EQ(comparison->b.replies, 170);
  EXPECT_TRUE(comparison->difference->is_sure);
  const auto unknown =
      run_task(context_, templates_.compare_variants(request_, {"few", {}}, {"none", {}}, all_days(), Source::live));
  ASSERT_TRUE(unknown);
  EXPECT_FALSE(unknown->difference);
}

TEST_F(TemplatesCompared, UnknownTemplateIsEmptyAndUnknownZoneIsNamed) {
  auto filter = all_days();
  filter.template_versions = {"no such"};
  const auto report = read(filter);
  EXPECT_TRUE(report.templates.empty());
  EXPECT_EQ(report.count, 0);
  EXPECT_EQ(report.origin.from, first_day - days(60));
  filter.period.zone = "Mars/Olympus";
  const auto refused = run_task(context_, templates_.list(request_, filter, Source::live));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace salesflow::analytics
