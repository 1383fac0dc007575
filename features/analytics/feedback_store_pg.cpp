#include "features/analytics/feedback_store.hpp"
#include "features/analytics/queries.hpp"
#include "platform/core/enums.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::analytics {
namespace {

class PgFeedbackStore final : public FeedbackStore {
 public:
  explicit PgFeedbackStore(postgres::Database& database) : db_(database) {}

  Task<Result<bool>> record_feedback(RequestContext& request, Feedback feedback) override {
    const auto written = co_await db_.write_one<Uuid>(request, sql::record_feedback, request.identity.user_id,
                                                      feedback.session_id, feedback.outcome, feedback.user_rating,
                                                      feedback.response_used, std::move(feedback.edited_response));
    if (!written)
      co_return written.error();
    co_return bool(*written);
  }

  Task<Result<RowSet<StrategyRow>>> read_performance(RequestContext& request) override {
    return db_.read<StrategyRow>(request, sql::read_performance, request.identity.user_id);
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<FeedbackStore> make_pg_feedback_store(postgres::Database& database) {
  return std::make_unique<PgFeedbackStore>(database);
}

}  // namespace salesflow::analytics
