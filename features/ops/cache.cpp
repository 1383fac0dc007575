#include "features/ops/cache.hpp"

#include <algorithm>
#include <functional>

#include "platform/core/bound.hpp"

namespace salesflow::ops {
namespace {

std::optional<double> share(std::int64_t part, std::int64_t whole) {
  if (whole <= 0)
    return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

CachePolicyView sum_up(CachePolicy policy, const RowSet<CacheFigureRow>& figures) {
  CachePolicyView view;
  std::int64_t made_us = 0;
  std::optional<std::int64_t> ttl_ms;
  for (const CacheFigureRow& row : figures) {
    if (row.policy != policy.name)
      continue;
    view.hit += row.hit;
    view.stale += row.stale;
    view.joined += row.joined;
    view.miss += row.miss;
    view.bypass += row.bypass;
    view.stored += row.stored;
    view.too_large += row.too_large;
    view.invalidated += row.invalidated;
    view.expired += row.expired;
    view.made += row.made;
    made_us += row.made_us;
    ttl_ms = std::max(ttl_ms.value_or(0), row.ttl_ms);
  }
  // What nodes really do, where they have said so: their settings may be others than those of who asks.
  policy.ttl_ms = ttl_ms.value_or(policy.ttl_ms);
  view.policy = std::move(policy);
  view.hit_rate = share(view.hit + view.stale + view.joined, view.asked());
  view.stale_rate = share(view.stale, view.asked());
  view.invalidated_rate = share(view.invalidated, view.asked());
  if (const auto mean_us = share(made_us, view.made))
    view.made_ms = *mean_us / 1000;
  return view;
}

/// `forget(memory_only)` tells all nodes. By pattern nodes are told behind Redis: what they read again before that is
/// forgotten, too.
Task<Result<CacheFlushAnswer>> forget(CacheKeys& keys, std::optional<std::string> pattern,
                                      std::function<Task<Result<void>>(bool)> tell) {
  CacheFlushAnswer answer;
  answer.pattern = pattern;
  if (!pattern) {
    const auto told = co_await tell(false);
    if (!told)
      co_return told.error();
    answer.says = "All nodes forget what they keep within a second, in Redis, too.";
    co_return answer;
  }
  if (keys.has_redis()) {
    const auto removed = co_await keys.remove(*pattern);
    if (!removed)
      co_return removed.error();
    answer.removed = *removed;
    answer.says = "Removed " + std::to_string(*removed) +
                  " answers from Redis; what nodes keep in memory goes within a second, whatever the pattern.";
  } else {
    answer.says = "There is no Redis here: what nodes keep in memory goes within a second, whatever the pattern.";
  }
  const auto told = co_await tell(true);
  if (!told)
    co_return told.error();
  co_return answer;
}

}  // namespace

Task<Result<CacheAnswer>> read_cache(CacheStore& store, std::vector<CachePolicy> policies, RequestContext& request) {
  CacheAnswer answer;
  const auto told = co_await store.read_switch(request);
  if (!told)
    co_return told.error();
  if (*told) {
    answer.on = (*told)->is_on;
    answer.changed_at = (*told)->changed_at;
    answer.flushes = (*told)->flushes;
  }
  auto nodes = co_await store.list_nodes(request);
  if (!nodes)
    co_return nodes.error();
  auto figures = co_await store.list_figures(request);
  if (!figures)
    co_return figures.error();
  for (CachePolicy& policy : policies)
    answer.policies.push_back(sum_up(std::move(policy), *figures));
  for (const CacheNodeRow& node : *nodes) {
    answer.proofs.checked += node.proofs_checked;
    answer.proofs.wrong += node.proofs_wrong;
  }
  answer.proofs.says = bound_in_words(static_cast<std::uint64_t>(answer.proofs.checked),
                                      static_cast<std::uint64_t>(answer.proofs.wrong));
  answer.nodes = std::move(*nodes);
  answer.figures = std::move(*figures);
  co_return answer;
}

Task<Result<CacheAnswer>> switch_cache(CacheStore& store, std::vector<CachePolicy> policies, RequestContext& request,
                                       std::optional<bool> is_on) {
  const auto switched = co_await store.switch_cache(request, is_on);
  if (!switched)
    co_return switched.error();
  if (!*switched)
    co_return fail(Errc::forbidden, "Only superadmins switch the cache");
  co_return co_await read_cache(store, std::move(policies), request);
}

Task<Result<CacheFlushAnswer>> empty_cache(CacheStore& store, CacheKeys& keys, RequestContext& request,
                                           std::optional<std::string> pattern) {
  std::function<Task<Result<void>>(bool)> tell = [&store, &request](bool memory_only) -> Task<Result<void>> {
    const auto told = co_await store.empty_cache(request, memory_only);
    if (!told)
      co_return told.error();
    if (!*told)
      co_return fail(Errc::forbidden, "Only superadmins empty the cache");
    co_return Result<void>();
  };
  if (pattern) {  // the database says who may before anything is removed
    const auto may = co_await tell(true);
    if (!may)
      co_return may.error();
  }
  co_return co_await forget(keys, std::move(pattern), std::move(tell));
}

Task<Result<CacheFlushAnswer>> flush_cache(CacheStore& store, CacheKeys& keys, RequestContext& request,
                                           std::optional<std::string> pattern) {
  std::function<Task<Result<void>>(bool)> tell = [&store, &request](bool memory_only) {
    return store.flush(request, memory_only);
  };
  co_return co_await forget(keys, std::move(pattern), std::move(tell));
}

}  // namespace salesflow::ops
