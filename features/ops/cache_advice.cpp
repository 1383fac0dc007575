#include "features/ops/cache_advice.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace salesflow::ops {
namespace {

std::string percent(std::int64_t part, std::int64_t whole) {
  return std::to_string(std::llround(100.0 * static_cast<double>(part) / static_cast<double>(whole))) + " %";
}

std::string seconds(std::int64_t ms) {
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

std::int64_t time_to_half_changed(const CachePolicyView& view) {
  const auto ended_by_writes = static_cast<double>(view.invalidated + view.stale);
  const auto ended_by_time = static_cast<double>(view.expired);
  const auto ttl = static_cast<double>(view.policy.ttl_ms);
  const double most = std::min(ttl * advice_growth_max, static_cast<double>(advice_ttl_ms_max));
  const double half =
      ended_by_writes > 0 ? ttl * std::numbers::ln2 / std::log1p(ended_by_writes / ended_by_time) : most;
  return static_cast<std::int64_t>(std::min(half, most)) / 1000 * 1000;
}

}  // namespace

CacheAdvice advise(const CachePolicyView& view) {
  const std::int64_t ttl = view.policy.ttl_ms, asked = view.asked();
  CacheAdvice advice{view.policy.name, "keep", ttl, ttl, ""};
  if (ttl == 0) {
    advice.says = "It is off.";
    return advice;
  }
  if (asked < advice_asked_min) {
    advice.says = "Only " + std::to_string(asked) + " questions were asked; " + std::to_string(advice_asked_min) +
                  " are needed to say anything.";
    return advice;
  }
  const std::int64_t used = view.hit + view.stale + view.joined;
  if (static_cast<double>(used) < advice_hits_min * static_cast<double>(asked)) {
    advice.action = "off";
    advice.proposed_ttl_ms = 0;
    advice.says = "Only " + percent(used, asked) + " of " + std::to_string(asked) +
                  " questions were answered by what was kept: keeping costs more than it saves.";
    return advice;
  }
  if (static_cast<double>(view.miss) < advice_misses_few * static_cast<double>(asked)) {
    advice.says = percent(used, asked) + " of questions are answered by what is kept: there is little to gain.";
    return advice;
  }
  if (view.invalidated * 2 >= view.miss) {
    advice.says =
        percent(view.invalidated, view.miss) + " of misses are answers that a write had ended: no time to live helps.";
    const double made_ms = view.made_ms.value_or(0);
    if (view.policy.kind == "strict" && made_ms >= advice_slow_ms)
      advice.says += " Making one takes " + std::to_string(std::llround(made_ms)) +
                     " ms: as a bounded policy readers would not wait for it, and see what is some seconds old.";
    return advice;
  }
  if (view.expired * 2 >= view.miss) {
    const std::int64_t proposed = time_to_half_changed(view);
    const std::string ends = percent(view.expired, view.expired + view.invalidated + view.stale) +
                             " of kept answers ended by time and not by a write";
    if (proposed * 2 >= ttl * 3) {
      advice.action = "longer";
      advice.proposed_ttl_ms = proposed;
      advice.says = ends + ": they would have held for longer. By " + seconds(proposed) +
                    (view.invalidated + view.stale > 0 ? " about half of them will have changed."
                                                       : " is as far as what was measured reaches.");
    } else {
      advice.says = ends + ", but they change too soon for a longer time to help.";
    }
    return advice;
  }
  advice.says = "Most misses are questions that were not asked before: no time to live helps.";
  return advice;
}

}  // namespace salesflow::ops
