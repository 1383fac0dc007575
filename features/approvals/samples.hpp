// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::approvals {

inline constexpr SampleRule samples[] = {
    {"list_pending", "", "cursor_priority", "2147483647"},
    {"", "", "today", "date_trunc('day', now())"},
    {"", "", "due_day", "current_date"},
    {"", "", "draft_ids", "ARRAY(SELECT gen_random_uuid() FROM generate_series(1, 50))"},
    {"", "", "draft_id", "(SELECT id FROM message_queue WHERE status = 'pending' LIMIT 1)"},
    {"get_item", "kind=followup", "item_id", "(SELECT id FROM followup_suggestions LIMIT 1)"},
    {"get_item", "kind=approval", "item_id", "(SELECT id FROM message_queue LIMIT 1)"},
    {"get_item", "kind=lead", "item_id", "(SELECT id FROM leads LIMIT 1)"},
    {"send_lead", "", "lead_id", "(SELECT id FROM leads WHERE status_key = 'new' LIMIT 1)"},
    {"skip_lead", "", "lead_id", "(SELECT id FROM leads WHERE status_key = 'new' LIMIT 1)"},
    {"", "", "edited_message", "'x'"},
    {"", "", "follow_up_day", "current_date"},
};

}  // namespace salesflow::approvals
