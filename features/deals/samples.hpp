// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::deals {

inline constexpr SampleRule samples[] = {
    {"list_deals", "_asc", "cursor_at", "'-infinity'"},
    {"list_deals", "_asc", "cursor_value_minor", "-1"},
    {"list_deals", "_asc", "cursor_id", sample::nil},
    {"list_all_deals", "_asc", "cursor_at", "'-infinity'"},
    {"list_all_deals", "_asc", "cursor_id", sample::nil},
    {"list_deals_by_close", "asc", "cursor_id", sample::nil},
    {"list_deals_by_close", "asc", "undated_id", sample::nil},
    {"list_deals_by_close", "desc", "cursor_close_date", "'infinity'"},
    {"list_deals_mixed", "_asc", "cursor_at", "'-infinity'"},
    {"list_deals_mixed", "_asc", "cursor_id", sample::nil},
    {"list_deals_mixed", "_asc", "cursor_value_minor", "-1"},
    {"list_deals_mixed", "title_desc", "cursor_title", "'zzz'"},
    {"list_deals_mixed", "close_desc", "cursor_close_date", "NULL"},
    {"list_deals_mixed", "of=contact", "owner_id", "NULL"},
    {"list_deals_mixed", "of=contact", "contact_id",
     "(SELECT contact_id FROM deals WHERE contact_id IS NOT NULL AND closed_at IS NULL GROUP BY 1 ORDER BY count(*) "
     "DESC LIMIT 1)"},
    {"list_deals_mixed", "", "stages", "'{new,qualified}'"},
    {"list_deals_found", "_asc", "cursor_at", "'-infinity'"},
    {"list_deals_found", "_asc", "cursor_id", sample::nil},
    {"list_deals_found", "_asc", "cursor_value_minor", "-1"},
    {"list_deals_found", "title_desc", "cursor_title", "'zzz'"},
    {"list_deals_found", "close_desc", "cursor_close_date", "NULL"},
    {"list_deals_found", "", "stages", "NULL"},
    {"list_deals_found", "", "owner_id", "NULL"},
    {"list_deals_found", "", "contact_id", "NULL"},
    {"list_deals_found", "", "term",
     "(SELECT left(title, 8) FROM deals WHERE closed_at IS NULL ORDER BY created_at LIMIT 1)"},
    {"read_board", "", "cursor_stage_entered_at", "'-infinity'"},
    {"read_board", "", "cursor_id", sample::nil},
    {"list_forecast", "", "closes_from", "current_date"},
    {"create_deal", "", "deal",
     R"(jsonb_build_object('title', 'A deal', 'value', '12.50', 'contact_id', (SELECT id FROM contacts LIMIT 1), 'owner_id', (SELECT user_id FROM org_members ORDER BY user_id = current_setting('app.user_id')::uuid LIMIT 1)))"},
    {"update_deal", "", "changes",
     R"(jsonb_build_object('stage', 'won', 'contact_id', (SELECT id FROM contacts LIMIT 1), 'owner_id', (SELECT user_id FROM org_members LIMIT 1)))"},
    {"check_references", "", "contact_id", "(SELECT id FROM contacts LIMIT 1)"},
    {"list_contact_deals", "", "contact_id",
     "(SELECT contact_id FROM deals WHERE contact_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"", "", "cursor_stage_entered_at", "'infinity'"},
    {"", "", "cursor_close_date", "'-infinity'"},
    {"", "", "cursor_value_minor", "9223372036854775807"},
    {"", "", "stage", "'qualified'"},
    {"", "", "pipeline", "'default'"},
    {"", "", "stages", "'{new,qualified,meeting,proposal,negotiation}'"},
    {"", "", "cursor_title", "''"},
    {"", "", "undated_id", sample::last},
    {"", "", "value_minor_min", "0"},
    {"", "", "value_minor_max", "9223372036854775807"},
    {"", "", "closes_from", "NULL"},
    {"", "", "closes_before", "NULL"},
    {"", "", "closes_until", "current_date + 90"},
    {"", "", "closed_since", "now() - interval '30 days'"},
};

}  // namespace salesflow::deals
