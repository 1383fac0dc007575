#include "features/analytics/feedback.hpp"

#include <algorithm>
#include <cmath>

#include "features/analytics/feedback_store.hpp"

namespace salesflow::analytics {
namespace {

constexpr std::size_t top_strategies_max = 5;

double two_decimals(double value) {
  return std::round(value * 100) / 100;
}

}  // namespace

Task<Result<void>> FeedbackUseCase::record(RequestContext& request, Feedback feedback) {
  const auto found = co_await store_.record_feedback(request, std::move(feedback));
  if (!found)
    co_return found.error();
  if (!*found)
    co_return fail(Errc::not_found, "There is no such session", "rlhf_session_id");
  co_return Result<void>();
}

Task<Result<Performance>> FeedbackUseCase::performance(RequestContext& request) {
  const auto rows = co_await store_.read_performance(request);
  if (!rows)
    co_return rows.error();
  Performance made;
  made.as_of = rows->empty() ? clock_() : rows->rows.front().at;
  std::int64_t rated = 0, rating = 0;
  for (const auto& row : *rows) {
    made.total_sessions += row.sessions;
    made.conversions += row.conversions;
    rated += row.rated;
    rating += row.rating;
    if (row.conversions > 0)
      made.top_strategies.push_back({std::string(row.strategy), row.conversions});
  }
  const auto most_first = [](const Strategy& a, const Strategy& b) {
    return a.conversions != b.conversions ? a.conversions > b.conversions : a.strategy < b.strategy;
  };
  std::sort(made.top_strategies.begin(), made.top_strategies.end(), most_first);
  if (made.top_strategies.size() > top_strategies_max)
    made.top_strategies.resize(top_strategies_max);
  if (made.total_sessions > 0)
    made.conversion_rate =
        two_decimals(100.0 * static_cast<double>(made.conversions) / static_cast<double>(made.total_sessions));
  if (rated > 0)
    made.avg_rating = two_decimals(static_cast<double>(rating) / static_cast<double>(rated));
  co_return made;
}

}  // namespace salesflow::analytics
