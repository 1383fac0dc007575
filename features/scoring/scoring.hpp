// Scores of leads: the P-score heuristic, batches of it, the next best action. Leads belong to one user; every call
// runs as that user. p_score has no other writer.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/scoring/next_action.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::scoring {

/// A score just stored, with its parts. Points are what the rules of contract 2.3 add: messages (with the base of 20),
/// status and temperature; their sum is clamped to 0..100.
struct ScoreRow {
  Uuid lead_id;
  std::int32_t p_score = 0;
  std::string_view trend;
  std::int32_t inbound_7d = 0;
  std::int32_t inbound_14d = 0;
  std::int32_t outbound_14d = 0;
  std::int32_t message_points = 0;
  std::int32_t status_points = 0;
  std::int32_t temperature_points = 0;
  std::optional<double> old_score;
};
BOOST_DESCRIBE_STRUCT(ScoreRow, (),
                      (lead_id, p_score, trend, inbound_7d, inbound_14d, outbound_14d, message_points, status_points,
                       temperature_points, old_score))

struct Factors {
  std::int32_t base_score = 20;
  std::int32_t inbound_events_7d = 0;
  std::int32_t inbound_events_14d = 0;
  std::int32_t outbound_events_14d = 0;
  bool has_recent_activity = false;
  std::vector<std::string> bonuses;
  std::vector<std::string> penalties;
  std::optional<double> old_score;
  std::int32_t new_score = 0;
  double diff = 0;  // new - (old or 0)
};
BOOST_DESCRIBE_STRUCT(Factors, (),
                      (base_score, inbound_events_7d, inbound_events_14d, outbound_events_14d, has_recent_activity,
                       bonuses, penalties, old_score, new_score, diff))

/// What a score is made of, in words.
Factors explain_score(const ScoreRow& score);

/// What a batch did. total_leads: picked; leads_changed: written because score or trend changed.
struct BatchRow {
  std::int64_t total_leads = 0;
  std::int64_t leads_scored = 0;
  std::int64_t leads_changed = 0;
  std::optional<double> avg_score;  // two decimals
  std::int64_t hot = 0;             // 80 and more
  std::int64_t warm = 0;            // 50 to 79
  std::int64_t cold = 0;
};
BOOST_DESCRIBE_STRUCT(BatchRow, (), (total_leads, leads_scored, leads_changed, avg_score, hot, warm, cold))

struct SituationRow {
  std::optional<Uuid> lead_id;
  std::optional<std::string_view> name;
  std::optional<double> p_score;
  std::optional<std::string_view> status;
  std::int32_t inbound_count = 0;
  std::int32_t outbound_count = 0;
  std::optional<TimePoint> last_event_at;
  std::optional<std::string_view> last_channel;
};
BOOST_DESCRIBE_STRUCT(SituationRow, (),
                      (lead_id, name, p_score, status, inbound_count, outbound_count, last_event_at, last_channel))

struct LeadBrief {
  Uuid id;
  std::string name;
  std::optional<double> p_score;
  std::string status;
};
BOOST_DESCRIBE_STRUCT(LeadBrief, (), (id, name, p_score, status))

struct Recommendation {
  LeadBrief lead;
  NextAction nba;
};
BOOST_DESCRIBE_STRUCT(Recommendation, (), (lead, nba))

/// Scores as stored; a part that nobody measured is absent.
struct LeadScoreRow {
  Uuid lead_id;
  std::optional<double> p_score;
  std::optional<double> v_score;
  std::optional<double> e_score;
  std::optional<double> i_score;
  std::optional<std::string_view> intent_stage;
};
BOOST_DESCRIBE_STRUCT(LeadScoreRow, (), (lead_id, p_score, v_score, e_score, i_score, intent_stage))

/// Temperature and priority by contract 2.4: hot_verified (p >= 80, v >= 70), hot, warm (60), cool (40), cold; priority
/// 5 for a hot lead about to buy, else 4, 3, 2, 1 by the same bounds. No score counts as 0.
struct Standing {
  std::string_view lead_temperature;
  std::int32_t priority = 1;
};
Standing stand(const LeadScoreRow& scores);

/// A user with leads, for jobs that go through all of them.
struct OwnerRow {
  Uuid user_id;
  std::optional<Uuid> org_id;
  std::int64_t leads = 0;
};
BOOST_DESCRIBE_STRUCT(OwnerRow, (), (user_id, org_id, leads))

class Store;

inline constexpr std::int64_t recalc_limit_max = 500;  // leads a request
inline constexpr std::int64_t batch_limit_max = 5000;  // leads a statement

/// The use cases. Every call: one statement, one round trip. Errors besides those named: unavailable,
/// deadline_exceeded.
class Scoring {
 public:
  explicit Scoring(Store& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// Computes and stores one lead's score. Errors: not_found, also for another user's lead.
  Task<Result<OneRow<ScoreRow>>> calculate(RequestContext& request, Uuid lead_id);
  /// Scores up to `limit` of the caller's leads anew, the ones looked at longest ago (before `before`) first.
  /// Errors: invalid_argument for a limit outside 1..batch_limit_max.
  Task<Result<BatchRow>> recalculate(RequestContext& request, std::int64_t limit, TimePoint before = time_infinity);
  /// Of a lead, or of a contact (then of the lead that it belongs to). Errors: invalid_argument without either;
  /// not_found.
  Task<Result<NextAction>> next_action(RequestContext& request, std::optional<Uuid> lead_id,
                                       std::optional<Uuid> contact_id);
  /// Of up to `limit` leads with the best scores; the most urgent first.
  Task<Result<std::vector<Recommendation>>> next_actions(RequestContext& request, std::int64_t limit);
  /// Errors: not_found.
  Task<Result<OneRow<LeadScoreRow>>> lead_score(RequestContext& request, Uuid lead_id);

 private:
  Store& store_;
  Clock clock_;
};

}  // namespace salesflow::scoring
