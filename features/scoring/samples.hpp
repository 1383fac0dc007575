// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::scoring {

inline constexpr SampleRule samples[] = {
    {"recalc_scores", "", "before", "'infinity'"},
    {"recalc_scores", "", "limit_rows", "100"},
    {"list_next_actions", "", "limit_rows", "10"},
    {"read_next_action", "of=lead", "asked_id",
     "(SELECT l.id FROM leads AS l JOIN message_events AS e ON e.contact_id = l.id GROUP BY 1 ORDER BY count(*) DESC "
     "LIMIT 1)"},
    {"read_next_action", "of=contact", "asked_id",
     "(SELECT c.id FROM contacts AS c WHERE c.lead_id IS NOT NULL ORDER BY c.created_at LIMIT 1)"},
};

}  // namespace salesflow::scoring
