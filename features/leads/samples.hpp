// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::leads {

inline constexpr SampleRule samples[] = {
    {"list_leads", "list=follow_up", "cursor_id", sample::nil},
    {"list_leads", "_asc", "cursor_created_at", "'-infinity'"},
    {"list_leads_by_scan", "_asc", "cursor_at", "'-infinity'"},
    {"list_leads_by_scan", "", "cursor_at", "'infinity'"},
    {"list_leads_by_scan", "p_score_asc", "cursor_p_score_key", "-1"},
    {"list_leads_by_scan", "", "status_key", "NULL"},
    {"list_leads_by_scan", "", "score_min", "NULL"},
    {"list_leads_by_scan", "", "customer_since", "NULL"},
    {"list_leads_by_scan", "", "created_since", "'-infinity'"},
    {"", "", "cursor_unscored_id", sample::last},
    {"", "_asc", "cursor_id", sample::nil},
    {"", "follow_up_desc+filter=due", "cursor_next_follow_up", "current_date"},
    {"", "follow_up_desc", "cursor_next_follow_up", "'9999-12-31'"},
    {"", "", "cursor_next_follow_up", "'0001-01-01'"},
    {"", "name_desc", "cursor_name_key", "chr(1114111)"},
    {"", "", "cursor_name_key", "''"},
    {"", "", "cursor_customer_key", "'infinity'"},
    {"", "", "due_from", "'0001-01-01'"},
    {"", "", "due_until", "current_date"},
    {"", "", "created_since", "now() - interval '20 days'"},
    {"", "", "customer_since", "'-infinity'"},
    {"", "", "count_rows", "10001"},
    {"", "", "instagram", "'nobody.has.this'"},
    {"", "", "email", "(SELECT email FROM leads WHERE email IS NOT NULL ORDER BY created_at LIMIT 1)"},
    {"", "", "name", "'Somebody else'"},
    {"", "", "company", "NULL"},
    {"", "", "lead", "'{\"name\": \"Somebody else\", \"email\": \"new@example.com\"}'"},
    {"", "", "change", "'{\"name\": \"Somebody else\"}'"},
    {"", "", "message", "'x'"},
    {"", "", "due_at", "now()"},
    {"", "", "interaction_id", "gen_random_uuid()"},
    {"", "", "suggestion_id", "gen_random_uuid()"},
    {"", "", "cursor_p_score_key", "32767"},
    {"", "", "cursor_i_score_key", "32767"},
    {"", "", "cursor_v_score_key", "32767"},
    {"", "", "cursor_lead_id", sample::last},
    {"", "", "since", "now() - interval '30 days'"},
    {"", "", "first_day", "timezone('UTC', now() - interval '30 days')::date"},
    {"", "", "first_day_end", "date_trunc('day', now() - interval '30 days', 'UTC') + interval '1 day'"},
    {"", "", "status_key", "'contacted'"},
    {"", "", "p_score_key_min", "7500"},
    {"", "", "v_score_key_min", "6000"},
};

}  // namespace salesflow::leads
