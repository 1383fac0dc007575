// Statements that left the buffers their headers promise, as operators see them.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/time.hpp"

namespace salesflow::ops {

/// A statement whose mean buffers a call were over its budget in the last minute.
struct PlanFinding {
  std::string query, variant, file;
  TimePoint since{}, last_at{};  // when that was first and last seen
  bool is_over = false;          // it still is; false: it keeps its budget again
  double buffers_a_call = 0;     // in the worst minute
  double budget = 0;             // for the rows of that minute
  double rows_a_call = 0;
  std::int64_t calls = 0;                  // in that minute
  bool plan_turned = false;                // the plan is another one than before
  std::optional<std::string> plan_before;  // remembered while it kept its budget
  std::optional<std::string> plan_now;
  std::optional<std::string> no_plan;  // why plan_now is not known
};
BOOST_DESCRIBE_STRUCT(PlanFinding, (),
                      (query, variant, file, since, last_at, is_over, buffers_a_call, budget, rows_a_call, calls,
                       plan_turned, plan_before, plan_now, no_plan))

/// What GET /api/ops/plans answers.
struct PlansAnswer {
  std::string node;
  std::optional<std::string> rests;  // why the guard sees nothing
  std::optional<TimePoint> looked_at;
  std::int64_t statements_known = 0;  // of the catalogue, found in this database
  std::vector<PlanFinding> findings;  // newest first
};
BOOST_DESCRIBE_STRUCT(PlansAnswer, (), (node, rests, looked_at, statements_known, findings))

/// What the guard of plans knows, as the composition reaches it. Thread-safe; no statement is run.
class PlanWatch {
 public:
  virtual ~PlanWatch() = default;
  virtual PlansAnswer read() = 0;
};

}  // namespace salesflow::ops
