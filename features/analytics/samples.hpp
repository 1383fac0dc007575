// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::analytics {

inline constexpr SampleRule samples[] = {
    {"", "scope=organization", "tenant", sample::organization},
    {"", "", "tenant", sample::user},
    {"", "", "delay_class", "4"},
    {"", "", "by_channel", "true"},
    {"", "", "channel", "'email'"},
    {"", "", "template_versions", "'{v1.0,v2.0}'"},
    {"", "", "first_day", "current_date - 29"},
    {"", "", "last_day", "current_date"},
    {"", "", "compare", "false"},
    {"", "", "period", "'day'"},
    {"record_feedback", "", "session_id", "(SELECT id FROM rlhf_feedback_sessions LIMIT 1)"},
    {"record_feedback", "", "outcome", "'converted'"},
    {"record_feedback", "", "user_rating", "4"},
    {"record_feedback", "", "response_used", "true"},
    {"record_feedback", "", "edited_response", "'x'"},
    {"", "", "unit", "'day'"},
    {"", "", "pipeline", "'default'"},
};

}  // namespace salesflow::analytics
