#include "features/leads/hot_leads.hpp"

#include "features/leads/leads.hpp"
#include "features/leads/store.hpp"

namespace salesflow::leads {

using std::chrono::days;

Warmth warmth_of(const HotLeadRow& lead) {
  const double score = lead.p_score.value_or(0);
  if (score >= 80)
    return {lead.v_score.value_or(0) >= 70 ? "hot_verified" : "hot", lead.requested_demo ? 5 : 4};
  if (score >= 60)
    return {"warm", 3};
  if (score >= 40)
    return {"cool", 2};
  return {"cold", 1};
}

Task<Result<HotPage>> Leads::list_hot_leads(RequestContext& request, HotRequest asked) {
  const AnalyticsSource from = asked.source;
  return list_hot_leads(request, std::move(asked), from);
}

Task<Result<HotPage>> Leads::recount_hot_leads(RequestContext& request, HotRequest asked) {
  asked.source = AnalyticsSource::live;
  return list_hot_leads(request, std::move(asked), AnalyticsSource::raw);
}

Task<Result<HotPage>> Leads::list_hot_leads(RequestContext& request, HotRequest asked, AnalyticsSource from) {
  if (auto checked = check_limit(asked.limit_rows, hot_limit_rows_max); !checked)
    co_return checked.error();
  const Scope scope("leads.list_hot_leads", request.identity.user_id, asked.min_score, asked.source);
  const auto after = decode_cursor(asked.cursor, scope, HotPosition{});
  if (!after)
    co_return after.error();
  const TimePoint now = clock_();
  TimePoint refreshed_at = now;
  if (from == AnalyticsSource::mv) {
    // Before the rows: a refresh in between makes them newer than they are said to be, not older.
    const auto refreshed = co_await store_.read_hot_refresh(request);
    if (!refreshed)
      co_return refreshed.error();
    if (!*refreshed)
      co_return fail(Errc::unavailable, "The materialized view of hot leads has not been filled yet");
    refreshed_at = **refreshed;
  }
  const auto key_min = static_cast<std::int16_t>(asked.min_score * 100);
  auto rows = co_await store_.list_hot_leads(request, from, key_min, *after, asked.limit_rows + 1);
  if (!rows)
    co_return rows.error();
  const auto place = [](const PlacedHotLead& last) { return HotPosition{last.p_score_key, last.i_score_key, last.id}; };
  HotPage page{make_page(std::move(*rows), asked.limit_rows, scope, place), origin_of(from, now, refreshed_at)};
  co_return page;
}

Task<Result<OneRow<PipelineRow>>> Leads::read_pipeline(RequestContext& request) {
  return store_.read_pipeline(request);
}

Task<Result<OneRow<AcquisitionRow>>> Leads::read_acquisition(RequestContext& request, std::int64_t period_days) {
  const TimePoint since = clock_() - days(period_days);
  const Date first_day = std::chrono::floor<days>(since);
  return store_.read_acquisition(request, since, first_day);
}

}  // namespace salesflow::leads
