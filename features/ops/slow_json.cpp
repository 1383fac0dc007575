#include "features/ops/slow_log.hpp"
#include "platform/core/log.hpp"
#include "platform/json/write.hpp"

namespace salesflow::ops {
namespace {

std::string head(TimePoint at, std::string_view event) {
  return R"({"time":")" + format_rfc3339(at) + R"(","level":"warn","event":")" + std::string(event) + "\",";
}

}  // namespace

std::string slow_line(const SlowRequest& request) {
  return head(request.at, "request_slow") + json::to_json(request).substr(1);
}

std::string slow_line(const std::string& request, TimePoint at, const SlowPlan& plan) {
  std::string line = head(at, "slow_plan") + "\"request\":\"";
  log::append_escaped(line, request);
  return line + "\"," + json::to_json(plan).substr(1);
}

}  // namespace salesflow::ops
