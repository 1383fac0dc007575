#include "platform/cache/policy.hpp"

#include <array>
#include <string>

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;

// A client's own store of answers may be older than ours; it varies by the stamps, so that own writes end it.
constexpr std::array policies{
    Policy{"dashboard", Kind::bounded, 60s, 15s, 30s, "Figures of dashboards."},
    Policy{"hot_leads", Kind::bounded, 300s, 15s, 30s, "Leads with a high score."},
    Policy{"inbox_counts", Kind::strict, 30s, 0s, 0s, "Numbers beside the inbox."},
    Policy{"lists", Kind::strict, 30s, 0s, 30s, "Pages of leads, contacts, deals, tasks, messages and the inbox."},
    Policy{"lookups", Kind::bounded, 24h, 60s, 300s,
           "Values to choose from: industries, tags, sources, stages, pipelines."},
    Policy{"reports", Kind::bounded, 900s, 15s, 30s, "Reports over months."},
    Policy{"scores", Kind::bounded, 60s, 0s, 0s, "What a batch of scores answered."},
};

std::string setting_of(std::string_view name) {
  std::string setting = "SALESFLOW_CACHE_TTL_";
  for (const char c : name)
    setting += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return setting;
}

}  // namespace

std::span<const Policy> default_policies() {
  return policies;
}

std::vector<Policy> read_policies(ConfigReader& config) {
  std::vector<Policy> read(policies.begin(), policies.end());
  for (Policy& policy : read) {
    policy.ttl = config.duration(setting_of(policy.name), policy.ttl, 0ms, 24h,
                                 std::string(policy.what) + " How old an answer may be; 0: none is kept.");
  }
  return read;
}

}  // namespace salesflow::cache
