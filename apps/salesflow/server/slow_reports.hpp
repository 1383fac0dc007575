// SlowReports: from a slow request of one thread to the slow log, with the plan of its slowest statement now and then.
#pragma once

#include "apps/salesflow/compose/watch.hpp"
#include "apps/salesflow/server/query_metrics.hpp"
#include "platform/http/server/slow_requests.hpp"

namespace salesflow::apps {

/// A plan is looked at once in ten seconds, and of each statement once in a minute, a thread: a database that is slow
/// already is not asked for more.
class SlowReports final : public http::SlowRequests {
 public:
  /// All must outlive it, and what it started on `context`.
  SlowReports(asio::io_context& context, Watch& watch, std::vector<QueryMetrics*> pools)
      : context_(context), watch_(watch), pools_(std::move(pools)) {}

  void on_slow(const http::SlowExchange& exchange) override;

 private:
  void look_at_plan(const RequestContext& request, StatementTrace::Slowest slowest);

  asio::io_context& context_;
  Watch& watch_;
  std::vector<QueryMetrics*> pools_;
  SteadyTime next_look_{};
  std::map<const Query*, SteadyTime> looked_at_;
};

}  // namespace salesflow::apps
