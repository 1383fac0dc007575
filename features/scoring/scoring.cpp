#include "features/scoring/scoring.hpp"

#include <algorithm>

#include "features/scoring/store.hpp"

namespace salesflow::scoring {
namespace {

Situation to_situation(const SituationRow& row) {
  return {row.p_score,        row.status.value_or(""), row.inbound_count,
          row.outbound_count, row.last_event_at,       row.last_channel.value_or("")};
}

std::string points(std::int32_t value, std::string_view why) {
  return (value > 0 ? "+" : "") + std::to_string(value) + ": " + std::string(why);
}

}  // namespace

Factors explain_score(const ScoreRow& score) {
  Factors factors;
  factors.inbound_events_7d = score.inbound_7d;
  factors.inbound_events_14d = score.inbound_14d;
  factors.outbound_events_14d = score.outbound_14d;
  factors.has_recent_activity = score.inbound_7d + score.outbound_14d > 0;
  if (score.inbound_7d >= 1)
    factors.bonuses.push_back(points(10, "a message came in within 7 days"));
  if (score.inbound_14d > 1)
    factors.bonuses.push_back(points(std::min((score.inbound_14d - 1) * 10, 60), "further messages within 14 days"));
  if (score.outbound_14d > 0 && score.inbound_14d == 0)
    factors.penalties.push_back("at most 40: we wrote and nobody answered");
  if (score.status_points > 0)
    factors.bonuses.push_back(points(score.status_points, "status interested, qualified or proposal"));
  if (score.status_points < 0)
    factors.penalties.push_back(points(score.status_points, "status ghosting, lost or inactive"));
  if (score.temperature_points > 0)
    factors.bonuses.push_back(points(score.temperature_points, "temperature of 80 or more"));
  if (score.temperature_points < 0)
    factors.penalties.push_back(points(score.temperature_points, "temperature of 20 or less"));
  factors.old_score = score.old_score;
  factors.new_score = score.p_score;
  factors.diff = score.p_score - score.old_score.value_or(0);
  return factors;
}

Standing stand(const LeadScoreRow& scores) {
  const double p = scores.p_score.value_or(0);
  if (p >= 80) {
    const bool verified = scores.v_score.value_or(0) >= 70;
    return {verified ? "hot_verified" : "hot", scores.intent_stage == "purchase" ? 5 : 4};
  }
  if (p >= 60)
    return {"warm", 3};
  if (p >= 40)
    return {"cool", 2};
  return {"cold", 1};
}

Task<Result<OneRow<ScoreRow>>> Scoring::calculate(RequestContext& request, Uuid lead_id) {
  auto scored = co_await store_.score_lead(request, lead_id, clock_());
  if (scored && !*scored)
    co_return fail(Errc::not_found, "There is no such lead", "lead_id");
  co_return scored;
}

Task<Result<BatchRow>> Scoring::recalculate(RequestContext& request, std::int64_t limit, TimePoint before) {
  if (limit < 1 || limit > batch_limit_max)
    co_return fail(Errc::invalid_argument, "limit must be from 1 to 5000", "limit");
  auto batch = co_await store_.recalc_scores(request, clock_(), before, limit);
  if (!batch)
    co_return batch.error();
  co_return batch->row.value_or(BatchRow{});
}

Task<Result<NextAction>> Scoring::next_action(RequestContext& request, std::optional<Uuid> lead_id,
                                              std::optional<Uuid> contact_id) {
  if (!lead_id && !contact_id)
    co_return fail(Errc::invalid_argument, "lead_id or contact_id is required", "lead_id");
  const TimePoint now = clock_();
  const Subject subject = lead_id ? Subject::lead : Subject::contact;
  auto found = co_await store_.read_next_action(request, subject, lead_id ? *lead_id : *contact_id, now);
  if (!found)
    co_return found.error();
  if (!*found) {
    co_return fail(Errc::not_found, lead_id ? "There is no such lead" : "There is no such contact",
                   lead_id ? "lead_id" : "contact_id");
  }
  co_return choose_action(to_situation(**found), now);
}

Task<Result<std::vector<Recommendation>>> Scoring::next_actions(RequestContext& request, std::int64_t limit) {
  const TimePoint now = clock_();
  auto rows = co_await store_.list_next_actions(request, now, limit);
  if (!rows)
    co_return rows.error();
  std::vector<Recommendation> recommendations;
  recommendations.reserve(rows->size());
  for (const SituationRow& row : *rows) {
    LeadBrief lead{row.lead_id.value_or(Uuid{}), std::string(row.name.value_or("")), row.p_score,
                   std::string(row.status.value_or(""))};
    recommendations.push_back({std::move(lead), choose_action(to_situation(row), now)});
  }
  std::stable_sort(recommendations.begin(), recommendations.end(),
                   [](const auto& a, const auto& b) { return a.nba.priority > b.nba.priority; });
  co_return recommendations;
}

Task<Result<OneRow<LeadScoreRow>>> Scoring::lead_score(RequestContext& request, Uuid lead_id) {
  auto found = co_await store_.read_lead_score(request, lead_id);
  if (found && !*found)
    co_return fail(Errc::not_found, "There is no such lead", "lead_id");
  co_return found;
}

}  // namespace salesflow::scoring
