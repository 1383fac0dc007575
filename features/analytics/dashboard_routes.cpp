#include "features/analytics/dashboard_routes.hpp"

#include <cmath>

#include "features/analytics/dashboard_proof.hpp"
#include "features/analytics/feedback.hpp"
#include "features/analytics/period.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"

namespace salesflow::analytics {
namespace {

struct DashboardParameters : PeriodParameters {
  Interval interval = Interval::day;
  DashboardScope scope = DashboardScope::organization;
  bool fill = false;
  bool compare = false;
};
BOOST_DESCRIBE_STRUCT(DashboardParameters, (PeriodParameters), (interval, scope, fill, compare))

struct PeriodView {
  Date date, session_date;  // the same: one of the service before, one of its strategy
  std::int64_t total_sessions = 0, conversions = 0, positive_replies = 0;
  std::optional<double> avg_reward;  // of sessions with a reward
  double reward_sum = 0;
  std::int64_t active_users = 0;
};
BOOST_DESCRIBE_STRUCT(PeriodView, (),
                      (date, session_date, total_sessions, conversions, positive_replies, avg_reward, reward_sum,
                       active_users))

struct TotalView {
  std::int64_t total_sessions = 0, conversions = 0, positive_replies = 0;
  std::optional<double> avg_reward;
  double reward_sum = 0;
  std::int64_t active_users = 0;
};
BOOST_DESCRIBE_STRUCT(TotalView, (),
                      (total_sessions, conversions, positive_replies, avg_reward, reward_sum, active_users))

struct DashboardAnswer {
  bool success = true;
  std::vector<PeriodView> dashboard;  // newest first
  std::size_t total_days = 0;         // rows of `dashboard`
  TotalView total;                    // of the whole range; different users are counted once
  std::optional<TotalView> before;    // of as many days before, when asked for
  Date from, to;
  std::string tz;
  Interval interval = Interval::day;
  DashboardScope scope = DashboardScope::organization;
  TimePoint as_of;
  Source source = Source::live;
  double age_s = 0;     // how old the figures are
  bool cached = false;  // true when they are a materialized view's
};
BOOST_DESCRIBE_STRUCT(DashboardAnswer, (),
                      (success, dashboard, total_days, total, before, from, to, tz, interval, scope, as_of, source,
                       age_s, cached))

struct StrategyView {
  std::string strategy;
  std::int64_t conversions = 0;
};
BOOST_DESCRIBE_STRUCT(StrategyView, (), (strategy, conversions))

struct PerformanceAnswer {
  std::int64_t total_sessions = 0, conversions = 0;
  double conversion_rate = 0;  // percent
  std::optional<double> avg_rating;
  std::vector<std::string> top_strategies;
  std::vector<StrategyView> strategies;  // the same, with their conversions
  TimePoint as_of;
  Source source = Source::live;
  double age_s = 0;
  bool cached = false;
};
BOOST_DESCRIBE_STRUCT(PerformanceAnswer, (),
                      (total_sessions, conversions, conversion_rate, avg_rating, top_strategies, strategies, as_of,
                       source, age_s, cached))

struct FeedbackBody {
  Uuid rlhf_session_id;
  Text<1, 50> outcome;  // one of Outcome; anything else is unknown
  std::optional<Ranged<std::int32_t, 1, 5>> user_rating;
  std::optional<bool> response_used;  // false
  std::optional<Text<0, 20000>> edited_response;
};
BOOST_DESCRIBE_STRUCT(FeedbackBody, (), (rlhf_session_id, outcome, user_rating, response_used, edited_response))

struct FeedbackAnswer {
  bool success = true;
  std::string_view message = "Feedback recorded";
};
BOOST_DESCRIBE_STRUCT(FeedbackAnswer, (), (success, message))

double four_decimals(double value) {
  return std::round(value * 10'000) / 10'000;
}

template <class View>
View to_view(const SessionFigures& figures) {
  View view;
  view.total_sessions = figures.sessions;
  view.conversions = figures.conversions;
  view.positive_replies = figures.positive_replies;
  view.reward_sum = four_decimals(static_cast<double>(figures.reward) / reward_unit);
  if (figures.rewarded > 0)
    view.avg_reward =
        four_decimals(static_cast<double>(figures.reward) / reward_unit / static_cast<double>(figures.rewarded));
  view.active_users = figures.active_users;
  return view;
}

class Handlers {
 public:
  Handlers(ProvenDashboard& dashboard, FeedbackUseCase& feedback, const std::atomic<Source>& mode)
      : dashboard_(dashboard), feedback_(feedback), mode_(mode) {}

  Task<Result<http::Response>> read_dashboard(http::Request& request) {
    auto query = http::read_query<DashboardParameters>(request);
    if (!query)
      co_return query.error();
    DashboardQuery asked{query->days,     query->from,  query->to,   query->tz,
                         query->interval, query->scope, query->fill, query->compare};
    const auto report =
        co_await dashboard_.read(*request.context, std::move(asked), mode_.load(std::memory_order_relaxed));
    if (!report)
      co_return report.error();
    DashboardAnswer answer;
    answer.dashboard.reserve(report->periods.size());
    for (const auto& period : report->periods) {
      auto& view = answer.dashboard.emplace_back(to_view<PeriodView>(period.figures));
      view.date = view.session_date = period.start;
    }
    answer.total_days = answer.dashboard.size();
    answer.total = to_view<TotalView>(report->total);
    if (report->before)
      answer.before = to_view<TotalView>(*report->before);
    answer.from = report->from;
    answer.to = report->to;
    answer.tz = std::move(query->tz);
    answer.interval = query->interval;
    answer.scope = query->scope;
    answer.as_of = report->as_of;
    answer.source = report->source;
    answer.cached = report->source == Source::mv;
    if (answer.cached && report->as_of != time_minus_infinity)
      answer.age_s = std::max(0.0, std::chrono::duration<double>(system_now() - report->as_of).count());
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> read_performance(http::Request& request) {
    const auto performance = co_await feedback_.performance(*request.context);
    if (!performance)
      co_return performance.error();
    PerformanceAnswer answer{performance->total_sessions,
                             performance->conversions,
                             performance->conversion_rate,
                             performance->avg_rating,
                             {},
                             {},
                             performance->as_of};
    for (const auto& strategy : performance->top_strategies) {
      answer.top_strategies.push_back(strategy.strategy);
      answer.strategies.push_back({strategy.strategy, strategy.conversions});
    }
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> record_feedback(http::Request& request) {
    auto body = http::read_body<FeedbackBody>(request);
    if (!body)
      co_return body.error();
    Feedback feedback;
    feedback.session_id = body->rlhf_session_id;
    feedback.outcome = json::enum_value<Outcome>(body->outcome.value).value_or(Outcome::unknown);
    if (body->user_rating)
      feedback.user_rating = body->user_rating->value;
    feedback.response_used = body->response_used.value_or(false);
    if (body->edited_response)
      feedback.edited_response = std::move(body->edited_response->value);
    const auto recorded = co_await feedback_.record(*request.context, std::move(feedback));
    if (!recorded)
      co_return recorded.error();
    co_return http::json_response(json::to_json(FeedbackAnswer{}));
  }

 private:
  ProvenDashboard& dashboard_;
  FeedbackUseCase& feedback_;
  const std::atomic<Source>& mode_;
};

}  // namespace

std::vector<http::Route> dashboard_routes(ProvenDashboard& dashboard, FeedbackUseCase& feedback,
                                          const std::atomic<Source>& mode) {
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(dashboard, feedback, mode), "analytics");
  auto& read =
      table.add(http::Method::get, "/api/v2/collective-intelligence/analytics/dashboard", "read_dashboard",
                "The learning dashboard: sessions by day, week or month of a time zone.", &Handlers::read_dashboard);
  http::takes_query<DashboardParameters>(read);
  http::answers<DashboardAnswer>(read);
  auto& performance = table.add(http::Method::get, "/api/v2/collective-intelligence/analytics/user-performance",
                                "read_performance", "What became of one's own sessions.", &Handlers::read_performance);
  http::answers<PerformanceAnswer>(performance);
  auto& record = table.add(http::Method::post, "/api/v2/collective-intelligence/feedback", "record_feedback",
                           "Records what became of a session.", &Handlers::record_feedback);
  http::takes_body<FeedbackBody>(record);
  http::answers<FeedbackAnswer>(record);
  return std::move(table).take();
}

}  // namespace salesflow::analytics
