#include "features/ops/slow_log.hpp"

#include "platform/core/log.hpp"

namespace salesflow::ops {

void SlowLog::add(SlowRequest request) {
  log::write_line(slow_line(request));
  const std::lock_guard lock(mutex_);
  ++seen_;
  kept_.push_front(std::move(request));
  if (kept_.size() > kept_max)
    kept_.pop_back();
}

void SlowLog::add_plan(const std::string& request, SlowPlan plan) {
  log::write_line(slow_line(request, system_now(), plan));
  const std::lock_guard lock(mutex_);
  for (SlowRequest& kept : kept_) {
    if (kept.request == request) {
      kept.plan = std::move(plan);
      return;
    }
  }
}

SlowAnswer SlowLog::read() const {
  SlowAnswer answer;
  answer.node = node_;
  answer.threshold_ms = static_cast<double>(threshold_.count());
  const std::lock_guard lock(mutex_);
  answer.seen = seen_;
  answer.requests.assign(kept_.begin(), kept_.end());
  return answer;
}

}  // namespace salesflow::ops
