#include "features/analytics/summary_routes.hpp"

#include "platform/core/analytics_source.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::analytics {
namespace {

struct SummaryQuery {
  Ranged<std::int64_t, 1, summary_days_max> days = 30;
};
BOOST_DESCRIBE_STRUCT(SummaryQuery, (), (days))

struct UserSummary : FigureOrigin {
  std::int64_t period_days = 0;
  SummaryRow summary;
};
BOOST_DESCRIBE_STRUCT(UserSummary, (FigureOrigin), (period_days, summary))

class Handlers {
 public:
  Handlers(Summary& summary, Clock clock) : summary_(summary), clock_(clock) {}

  Task<Result<http::Response>> read_summary(http::Request& request) {
    const auto query = http::read_query<SummaryQuery>(request);
    if (!query)
      co_return query.error();
    const auto found = co_await summary_.read(*request.context, query->days);
    if (!found)
      co_return found.error();
    const TimePoint now = clock_();
    const UserSummary answer{origin_of(AnalyticsSource::live, now, now), query->days, **found};
    co_return http::json_response(json::to_json(answer, 512));
  }

 private:
  Summary& summary_;
  Clock clock_;
};

}  // namespace

std::vector<http::Route> summary_routes(Summary& summary, Clock clock) {
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(summary, clock), "analytics");
  auto& read = table.add(http::Method::get, "/api/analytics/summary", "read_user_summary",
                         "The caller's figures of the last days: leads, messages, conversations, deals, feedback.",
                         &Handlers::read_summary);
  http::takes_query<SummaryQuery>(read);
  http::answers<UserSummary>(read);
  return std::move(table).take();
}

}  // namespace salesflow::analytics
