// What users' sessions led to (contract 2.5): recording it, and a user's own performance.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::analytics {

class FeedbackStore;

enum class Outcome { converted, positive_reply, negative_reply, no_reply, unknown };
BOOST_DESCRIBE_ENUM(Outcome, converted, positive_reply, negative_reply, no_reply, unknown)

struct Feedback {
  Uuid session_id;
  Outcome outcome = Outcome::unknown;
  std::optional<std::int32_t> user_rating;  // 1..5; absent leaves what is there
  bool response_used = false;
  std::optional<std::string> edited_response;
};

struct Strategy {
  std::string strategy;  // input_context.objection_category, or general
  std::int64_t conversions = 0;
};

/// Of the user's sessions that have an outcome.
struct Performance {
  TimePoint as_of;
  std::int64_t total_sessions = 0;
  std::int64_t conversions = 0;
  double conversion_rate = 0;  // percent, two decimals
  std::optional<double> avg_rating;
  std::vector<Strategy> top_strategies;  // up to five with conversions, most first
};

class FeedbackUseCase {
 public:
  /// The store must outlive it.
  explicit FeedbackUseCase(FeedbackStore& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// Errors: not_found: no such session of the user.
  Task<Result<void>> record(RequestContext& request, Feedback feedback);
  Task<Result<Performance>> performance(RequestContext& request);

 private:
  FeedbackStore& store_;
  Clock clock_;
};

}  // namespace salesflow::analytics
