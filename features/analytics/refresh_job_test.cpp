// When summaries are brought up to date; without a database.
#include <gtest/gtest.h>

#include "features/analytics/jobs.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::analytics {
namespace {

using namespace std::chrono_literals;
using test::run_task;

class SlowStore final : public Store {
 public:
  Task<Result<std::int64_t>> fold_rollups(RequestContext&) override { co_return 0; }
  Task<Result<std::int64_t>> refresh_summaries(RequestContext&) override {
    now += takes;
    co_return 1;
  }
  Task<Result<std::int64_t>> count_invalidations(RequestContext&) override { co_return 1; }
  Task<Result<bool>> is_view_due(RequestContext&) override { co_return Result<bool>(false); }
  Task<Result<std::optional<std::string>>> refresh_due_view(RequestContext&) override {
    co_return std::optional<std::string>();
  }
  SteadyTime now{};
  std::chrono::milliseconds takes{0};
};

TEST(RefreshSummariesJob, RestsFourTimesAsLongAsItWorked) {
  SlowStore store;
  const auto job = refresh_summaries_job(store, [&] { return store.now; });
  RequestContext request;
  EXPECT_TRUE(*run_task(job.has_work(request)));
  store.takes = 300ms;
  ASSERT_TRUE(run_task(job.run_once(request)));
  EXPECT_FALSE(*run_task(job.has_work(request)));
  store.now += 1199ms;
  EXPECT_FALSE(*run_task(job.has_work(request)));
  store.now += 1ms;
  EXPECT_TRUE(*run_task(job.has_work(request)));
  store.takes = 0ms;
  ASSERT_TRUE(run_task(job.run_once(request)));
  EXPECT_TRUE(*run_task(job.has_work(request))) << "what takes no time is looked at each time";
}

}  // namespace
}  // namespace salesflow::analytics
