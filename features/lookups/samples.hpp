// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::lookups {

inline constexpr SampleRule samples[] = {
    {"", "", "limit_rows", "500"},
};

}  // namespace salesflow::lookups
