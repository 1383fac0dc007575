#include "apps/salesflow/compose/bench_routes.hpp"

#include <boost/describe.hpp>

#include "platform/json/write.hpp"

namespace salesflow::apps {
namespace {

http::Route bench_route(std::string_view path, std::string_view operation, std::size_t bytes) {
  const std::string head = R"({"text":")", tail = R"("})";
  auto body = std::make_shared<const std::string>(head + std::string(bytes - head.size() - tail.size(), 'x') + tail);
  http::Route route;
  route.path = path;
  route.operation = operation;
  route.summary = "A fixed answer for benchmarks.";
  route.tag = "bench";
  route.auth = http::Auth::user;
  route.is_always_served = true;
  route.handler = [body](http::Request&) -> Task<Result<http::Response>> {
    http::Response response;
    response.body = body;
    co_return response;
  };
  return route;
}

struct StrategyDay {
  Date session_date;
  std::int64_t total_sessions = 0, conversions = 0, positive_replies = 0;
  std::optional<double> avg_reward;
  std::optional<double> reward_sum;
  std::int64_t active_users = 0;
};
BOOST_DESCRIBE_STRUCT(StrategyDay, (),
                      (session_date, total_sessions, conversions, positive_replies, avg_reward, reward_sum,
                       active_users))

struct StrategyAnswer {
  bool success = true;
  std::vector<StrategyDay> dashboard;
  bool cached = true;
};
BOOST_DESCRIBE_STRUCT(StrategyAnswer, (), (success, dashboard, cached))

constexpr std::uint8_t strategy_arguments[] = {0};
constexpr std::uint32_t strategy_types[] = {2950};  // uuid
constexpr Query strategy_dashboard{
    .name = "bench.strategy_dashboard",
    .variant = "",
    .text =
        "SELECT session_date, total_sessions, conversions, positive_replies, avg_reward::float8, "
        "reward_sum::float8, active_users FROM public.strategy_sessions_daily WHERE org_id = $1 AND session_date > "
        "(now() AT TIME ZONE 'UTC')::date - 30 ORDER BY session_date DESC",
    .arguments = strategy_arguments,
    .types = strategy_types,
    .argument_count = 1,
    .mode = QueryMode::read,
    .timeout = std::chrono::milliseconds(3'000),
    .index = "",
    .budget = "",
    .reads = "",
    .writes = "",
    .clock = "",
    .file = "apps/salesflow/compose/bench_routes.cpp"};

http::Route strategy_route(postgres::Database& app_db) {
  http::Route route;
  route.path = "/bench/strategy-dashboard";
  route.operation = "bench_strategy_dashboard";
  route.summary = "A rival's dashboard for benchmarks.";
  route.tag = "bench";
  route.auth = http::Auth::user;
  route.handler = [&app_db](http::Request& request) -> Task<Result<http::Response>> {
    const auto days =
        co_await app_db.read<StrategyDay>(*request.context, strategy_dashboard, request.context->identity.org_id);
    if (!days)
      co_return days.error();
    co_return http::json_response(json::to_json(StrategyAnswer{true, days->rows, true}));
  };
  return route;
}

}  // namespace

std::vector<http::Route> bench_routes(postgres::Database& app_db) {
  return {bench_route("/bench/200b", "bench_200b", 200), bench_route("/bench/20kb", "bench_20kb", 20'480),
          strategy_route(app_db)};
}

}  // namespace salesflow::apps
