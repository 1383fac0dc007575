// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::webhooks {

inline constexpr SampleRule samples[] = {
    {"", "", "webhook_channel", "'email'"},
    {"", "", "sealed", "decode(repeat('00', 40), 'hex')"},
    {"", "", "overlap_s", "60"},
    {"", "", "secret_id", "(SELECT id FROM webhook_secrets LIMIT 1)"},
    {"find_delivery", "", "digest", "sha256('x')"},
    {"", "", "digest", "sha256('another')"},
    {"", "", "event_id", "gen_random_uuid()"},
    {"", "", "expires_at", "now()"},
};

}  // namespace salesflow::webhooks
