// Policies: how long which kind of answer may be used again, and how closely it is watched. Data, not code.
#pragma once

#include <chrono>
#include <span>
#include <string_view>
#include <vector>

#include "platform/core/config.hpp"

namespace salesflow::cache {

/// strict:  used only after its tokens were found unchanged: nobody sees it once a newer write was acknowledged.
/// bounded: used unasked while it is younger than `ttl`; a change that is heard of has it made anew in the background.
enum class Kind { strict, bounded };

struct Policy {
  std::string_view name;  // in settings, figures and labels
  Kind kind = Kind::strict;
  std::chrono::milliseconds ttl{0};        // its greatest age; shortened by up to a tenth, so that not all end at once
  std::chrono::seconds client_max_age{0};  // Cache-Control: max-age
  std::chrono::seconds client_stale{0};    // Cache-Control: stale-while-revalidate
  std::string_view what;                   // a sentence
};

/// What the strategy recommends (its sections 4.1 and 4.4).
std::span<const Policy> default_policies();

/// SALESFLOW_CACHE_TTL_<NAME> for each policy; 0 switches it off.
std::vector<Policy> read_policies(ConfigReader& config);

}  // namespace salesflow::cache
