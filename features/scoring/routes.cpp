#include "features/scoring/routes.hpp"

#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"

namespace salesflow::scoring {
namespace {

struct CalculateBody {
  Uuid lead_id;
};
BOOST_DESCRIBE_STRUCT(CalculateBody, (), (lead_id))

using RecalcLimit = Ranged<std::int64_t, 1, recalc_limit_max>;
struct RecalcLimits {
  std::optional<RecalcLimit> limit;  // 100
};
BOOST_DESCRIBE_STRUCT(RecalcLimits, (), (limit))

struct ActionBody {
  std::optional<Uuid> lead_id;
  std::optional<Uuid> contact_id;
};
BOOST_DESCRIBE_STRUCT(ActionBody, (), (lead_id, contact_id))

struct ActionsQuery {
  Ranged<std::int64_t, 1, 50> limit = 10;
};
BOOST_DESCRIBE_STRUCT(ActionsQuery, (), (limit))

struct CalculateAnswer {
  bool success = true;
  Uuid lead_id;
  std::int32_t p_score = 0;
  std::string_view trend;
  Factors factors;
};
BOOST_DESCRIBE_STRUCT(CalculateAnswer, (), (success, lead_id, p_score, trend, factors))

struct Distribution {
  std::int64_t hot = 0, warm = 0, cold = 0;
};
BOOST_DESCRIBE_STRUCT(Distribution, (), (hot, warm, cold))
struct RecalcSummary {
  std::int64_t total_leads = 0;
  std::int64_t leads_scored = 0;
  std::int64_t leads_changed = 0;
  std::optional<double> avg_score;
  Distribution score_distribution;
  double duration_ms = 0;
  std::vector<std::string> errors;  // empty: an error is an error answer
};
BOOST_DESCRIBE_STRUCT(RecalcSummary, (),
                      (total_leads, leads_scored, leads_changed, avg_score, score_distribution, duration_ms, errors))
struct RecalcAnswer {
  bool success = true;
  RecalcSummary summary;
};
BOOST_DESCRIBE_STRUCT(RecalcAnswer, (), (success, summary))

struct ActionAnswer {
  bool success = true;
  std::string action_key;
  std::string reason;
  std::string suggested_channel;
  std::int32_t priority = 1;
  ActionFacts meta;
};
BOOST_DESCRIBE_STRUCT(ActionAnswer, (), (success, action_key, reason, suggested_channel, priority, meta))

struct ActionsAnswer {
  bool success = true;
  std::vector<Recommendation> recommendations;
  std::size_t count = 0;
};
BOOST_DESCRIBE_STRUCT(ActionsAnswer, (), (success, recommendations, count))

struct HealthAnswer {
  std::string_view status = "healthy";
  std::string_view service = "analytics";
  std::vector<std::string> features{"p_scores", "next_best_action"};
};
BOOST_DESCRIBE_STRUCT(HealthAnswer, (), (status, service, features))

struct LeadScoreAnswer {
  Uuid lead_id;
  std::optional<double> p_score;
  std::optional<double> v_score;
  std::optional<double> e_score;
  std::optional<double> i_score;
  std::string_view lead_temperature;
  std::int32_t priority = 1;
  std::string_view intent_stage = "awareness";
};
BOOST_DESCRIBE_STRUCT(LeadScoreAnswer, (),
                      (lead_id, p_score, v_score, e_score, i_score, lead_temperature, priority, intent_stage))

/// The limit of a recalculation: the body's, else the query's, else 100.
Result<std::int64_t> read_recalc_limit(const http::Request& request) {
  const auto query = http::read_query<RecalcLimits>(request);
  if (!query)
    return query.error();
  auto limit = query->limit;
  if (request.body.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    const auto body = http::read_body<RecalcLimits>(request);
    if (!body)
      return body.error();
    if (body->limit)
      limit = body->limit;
  }
  return limit.value_or(RecalcLimit(100)).value;
}

class Handlers {
 public:
  explicit Handlers(Scoring& scoring) : scoring_(scoring) {}

  Task<Result<http::Response>> calculate(http::Request& request) {
    const auto body = http::read_body<CalculateBody>(request);
    if (!body)
      co_return body.error();
    auto scored = co_await scoring_.calculate(*request.context, body->lead_id);
    if (!scored)
      co_return scored.error();
    const ScoreRow& row = **scored;
    const CalculateAnswer answer{true, row.lead_id, row.p_score, row.trend, explain_score(row)};
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> recalculate(http::Request& request) {
    const auto limit = read_recalc_limit(request);
    if (!limit)
      co_return limit.error();
    const auto began = std::chrono::steady_clock::now();
    const auto batch = co_await scoring_.recalculate(*request.context, *limit);
    if (!batch)
      co_return batch.error();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    RecalcAnswer answer;
    answer.summary = {batch->total_leads,
                      batch->leads_scored,
                      batch->leads_changed,
                      batch->avg_score,
                      {batch->hot, batch->warm, batch->cold},
                      static_cast<double>(took.count()) / 1000,
                      {}};
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> next_action(http::Request& request) {
    const auto body = http::read_body<ActionBody>(request);
    if (!body)
      co_return body.error();
    auto chosen = co_await scoring_.next_action(*request.context, body->lead_id, body->contact_id);
    if (!chosen)
      co_return chosen.error();
    const ActionAnswer answer{
        true, chosen->action_key, chosen->reason, chosen->suggested_channel, chosen->priority, chosen->meta};
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> next_actions(http::Request& request) {
    const auto query = http::read_query<ActionsQuery>(request);
    if (!query)
      co_return query.error();
    auto chosen = co_await scoring_.next_actions(*request.context, query->limit);
    if (!chosen)
      co_return chosen.error();
    ActionsAnswer answer{true, std::move(*chosen), 0};
    answer.count = answer.recommendations.size();
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> health(http::Request&) { co_return http::json_response(json::to_json(HealthAnswer{})); }

  Task<Result<http::Response>> lead_score(http::Request& request) {
    const auto id = request.path_uuid(0, "lead_id");
    if (!id)
      co_return id.error();
    auto found = co_await scoring_.lead_score(*request.context, *id);
    if (!found)
      co_return found.error();
    const LeadScoreRow& row = **found;
    const Standing standing = stand(row);
    const LeadScoreAnswer answer{row.lead_id,       row.p_score,
                                 row.v_score,       row.e_score,
                                 row.i_score,       standing.lead_temperature,
                                 standing.priority, row.intent_stage.value_or("awareness")};
    co_return http::json_response(json::to_json(answer));
  }

 private:
  Scoring& scoring_;
};

/// What needs a service outside of this house: 501 with the reason, instead of a made-up answer.
struct Absent {
  std::string_view path, operation, summary, reason;
};
constexpr Absent absent_routes[] = {
    {"/api/lead-generation/verify", "verify_lead", "Verifies a lead's addresses.",
     "Verification needs a mail and phone verification service, and none is connected; POST /api/leads/check-duplicate "
     "finds duplicates"},
    {"/api/lead-generation/verify/batch", "verify_leads", "Verifies the addresses of many leads.",
     "Verification needs a mail and phone verification service, and none is connected"},
    {"/api/lead-generation/enrich", "enrich_lead", "Looks up a lead's company and person.",
     "Enrichment needs a company data service, and none is connected"},
    {"/api/lead-generation/intent", "analyze_intent", "Looks up a lead's signs of intent.",
     "Intent needs a web tracking service, and none is connected"},
    {"/api/lead-generation/acquire", "acquire_leads", "Finds new leads.",
     "Acquisition needs outside lead sources, and none is connected"},
    {"/api/lead-generation/outreach", "create_outreach", "Writes to a lead.",
     "Outreach needs an outside sender, and none is connected"},
    {"/api/lead-generation/process-lead/{lead_id}", "process_lead", "Verifies, enriches and assigns a lead.",
     "Processing needs the services of verify, enrich and intent, and none is connected"},
};

void add_absent_routes(std::vector<http::Route>& routes) {
  for (const Absent& absent : absent_routes) {
    http::Route& route = routes.emplace_back();
    route.method = http::Method::post;
    route.path = absent.path;
    route.operation = absent.operation;
    route.summary = absent.summary;
    route.tag = "scoring";
    route.body = http::BodyPolicy::json();
    route.body.required = false;
    route.success_status = 501;
    route.handler = [&absent](http::Request&) -> Task<Result<http::Response>> {
      const std::string reason(absent.reason);
      co_return fail(Errc::not_implemented, reason);
    };
  }
}

}  // namespace

std::vector<http::Route> routes(Scoring& scoring) {
  using http::Idempotency, http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(scoring), "scoring");

  auto& calculate = table.add(Method::post, "/api/analytics/p-scores/calculate", "calculate_p_score",
                              "Computes and stores one lead's score, with what it is made of.", &Handlers::calculate);
  http::takes_body<CalculateBody>(calculate);
  calculate.idempotency = Idempotency::optional;
  http::answers<CalculateAnswer>(calculate);
  calculate.error_statuses = {404, 409, 413, 415};

  auto& recalc = table.add(Method::post, "/api/analytics/p-scores/recalc", "recalc_p_scores",
                           "Scores a batch of the caller's leads anew, those looked at longest ago first.",
                           &Handlers::recalculate);
  http::takes_query<RecalcLimits>(recalc);
  http::takes_body<RecalcLimits>(recalc);
  recalc.body.required = false;
  recalc.idempotency = Idempotency::optional;
  http::answers<RecalcAnswer>(recalc);
  recalc.error_statuses = {409, 413, 415};

  auto& action = table.add(Method::post, "/api/analytics/nba", "next_best_action",
                           "What to do next for a lead or a contact.", &Handlers::next_action);
  http::takes_body<ActionBody>(action);
  http::answers<ActionAnswer>(action);
  action.error_statuses = {404, 413, 415};

  auto& actions =
      table.add(Method::get, "/api/analytics/nba/batch", "next_best_actions",
                "What to do next for the caller's best leads, the most urgent first.", &Handlers::next_actions);
  http::takes_query<ActionsQuery>(actions);
  http::answers<ActionsAnswer>(actions);

  auto& health = table.add(Method::get, "/api/analytics/health", "analytics_health", "Which analytics are there.",
                           &Handlers::health);
  http::answers<HealthAnswer>(health);

  auto& score = table.add(Method::get, "/api/lead-generation/score/{lead_id}", "get_lead_score",
                          "A lead's scores as stored.", &Handlers::lead_score);
  http::answers<LeadScoreAnswer>(score);
  score.error_statuses = {404};

  auto all = std::move(table).take();
  add_absent_routes(all);
  return all;
}

}  // namespace salesflow::scoring
