// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::agenda {

inline constexpr SampleRule samples[] = {
    {"list_followups", "", "cursor_due_at", "'-infinity'"},
    {"list_followups", "", "cursor_id", sample::nil},
    {"list_suggestions", "", "lead_id",
     "(SELECT lead_id FROM followup_suggestions GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"list_activities", "", "cursor_occurred_at", "'infinity'"},
    {"list_activities", "", "contact_id",
     "(SELECT contact_id FROM activities GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
};

}  // namespace salesflow::agenda
