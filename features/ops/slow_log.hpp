// The slow log: what a request that took too long did with its time. Shapes of parameters, never values.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/time.hpp"

namespace salesflow::ops {

/// A parameter without its value: of a path or query (name as the route documents it) or of a statement ($1).
struct ParameterShape {
  std::string name;
  std::string type;
  std::int64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(ParameterShape, (), (name, type, bytes))

struct SlowQuery {
  std::string query;  // events.list_events
  std::string variant;
  std::string file;
  double took_ms = 0;    // from its send to its answer, with waited_ms
  double waited_ms = 0;  // for a place on a connection
  std::int64_t rows = 0;
  std::optional<std::string> error;  // code
  std::vector<ParameterShape> parameters;
};
BOOST_DESCRIBE_STRUCT(SlowQuery, (), (query, variant, file, took_ms, waited_ms, rows, error, parameters))

/// A statement's plan, looked at afterwards.
struct SlowPlan {
  std::string query, variant;
  /// How: "EXPLAIN (ANALYZE, BUFFERS) afterwards, generic plan, the same values", or without ANALYZE and why.
  std::string how;
  std::optional<double> took_ms;
  std::optional<std::int64_t> buffers, rows;
  std::string plan;  // with $1 where values stood
};
BOOST_DESCRIBE_STRUCT(SlowPlan, (), (query, variant, how, took_ms, buffers, rows, plan))

struct SlowRequest {
  TimePoint at{};             // of its end
  std::string request;        // its id
  std::string method, route;  // the template
  int status = 0;
  double took_ms = 0;
  double db_ms = 0;         // statements, with their waits
  double pool_wait_ms = 0;  // of that: waits for a place on a connection
  double other_ms = 0;      // handler, Redis, other services, reading the body
  std::int64_t statements = 0, round_trips = 0, rows = 0;
  std::int64_t body_bytes = 0;
  std::vector<ParameterShape> parameters;
  std::vector<SlowQuery> queries;  // those of 5 ms and more, in their order, at most 50
  std::optional<SlowPlan> plan;    // of the slowest, for one request in a while
};
BOOST_DESCRIBE_STRUCT(SlowRequest, (),
                      (at, request, method, route, status, took_ms, db_ms, pool_wait_ms, other_ms, statements,
                       round_trips, rows, body_bytes, parameters, queries, plan))

/// What GET /api/ops/slow answers: newest first.
struct SlowAnswer {
  std::string node;
  double threshold_ms = 0;
  std::int64_t seen = 0;  // since the start; at most 100 of them are kept
  std::vector<SlowRequest> requests;
};
BOOST_DESCRIBE_STRUCT(SlowAnswer, (), (node, threshold_ms, seen, requests))

/// One a process, thread-safe. Keeps the last 100 and writes each as one line, `request_slow` (warn).
class SlowLog {
 public:
  SlowLog(std::string node, std::chrono::milliseconds threshold) : node_(std::move(node)), threshold_(threshold) {}

  void add(SlowRequest request);
  /// Of a request that was added; written as a line of its own, `slow_plan`.
  void add_plan(const std::string& request, SlowPlan plan);
  SlowAnswer read() const;

 private:
  static constexpr std::size_t kept_max = 100;

  const std::string node_;
  const std::chrono::milliseconds threshold_;
  mutable std::mutex mutex_;
  std::deque<SlowRequest> kept_;  // newest first
  std::int64_t seen_ = 0;
};

/// The log's line: the request's JSON with time, level and event in front.
std::string slow_line(const SlowRequest& request);
std::string slow_line(const std::string& request, TimePoint at, const SlowPlan& plan);

}  // namespace salesflow::ops
