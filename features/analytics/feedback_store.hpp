// Where feedback sessions are changed and a user's performance is read.
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <string_view>

#include "features/analytics/feedback.hpp"
#include "platform/core/row_set.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::analytics {

struct StrategyRow {
  std::string_view strategy;
  std::int64_t sessions = 0, conversions = 0, rated = 0, rating = 0;
  TimePoint at;
};
BOOST_DESCRIBE_STRUCT(StrategyRow, (), (strategy, sessions, conversions, rated, rating, at))

/// Every method is one statement and one round trip.
class FeedbackStore {
 public:
  virtual ~FeedbackStore() = default;
  /// False: no such session of the user.
  virtual Task<Result<bool>> record_feedback(RequestContext& request, Feedback feedback) = 0;
  virtual Task<Result<RowSet<StrategyRow>>> read_performance(RequestContext& request) = 0;
};

std::unique_ptr<FeedbackStore> make_pg_feedback_store(postgres::Database& database);

}  // namespace salesflow::analytics
