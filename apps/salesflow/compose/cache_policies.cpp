#include "apps/salesflow/compose/cache_policies.hpp"

#include "apps/salesflow/compose/kept_routes.hpp"

namespace salesflow::apps {

std::vector<ops::CachePolicy> cache_policies(std::span<const cache::Policy> policies) {
  std::vector<ops::CachePolicy> told;
  for (const cache::Policy& policy : policies) {
    ops::CachePolicy& one = told.emplace_back();
    one.name = policy.name;
    one.kind = policy.kind == cache::Kind::strict ? "strict" : "bounded";
    one.ttl_ms = policy.ttl.count();
    one.client_max_age_s = policy.client_max_age.count();
    one.client_stale_s = policy.client_stale.count();
    one.what = policy.what;
    for (const KeptRoute& route : kept_routes()) {
      if (route.policy == policy.name)
        one.routes.emplace_back(route.operation);
    }
  }
  return told;
}

}  // namespace salesflow::apps
