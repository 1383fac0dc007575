// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::events {

inline constexpr SampleRule samples[] = {
    {"list_events", "", "after_created_at", "'infinity'"},
    {"list_events", "", "after_id", sample::last},
    {"list_pending", "", "limit_rows", "21"},
    {"list_events", "", "contact_id",
     "(SELECT contact_id FROM message_events WHERE contact_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"},
    {"get_settings", "", "contact_id", sample::nil},
    {"put_settings", "", "contact_id", "(SELECT id FROM leads LIMIT 1)"},
    {"create_event", "", "contact_id", "(SELECT id FROM leads LIMIT 1)"},
    {"create_event_once", "", "contact_id", "(SELECT id FROM leads LIMIT 1)"},
    {"find_contacts", "", "ids", "ARRAY(SELECT id FROM leads LIMIT 100)"},
    {"put_settings", "", "channels", "NULL"},
    {"put_settings", "", "is_active", "NULL"},
    {"list_events", "", "status", "'pending'"},
    {"set_status", "", "status", "'sent'"},
    {"import_events", "", "statuses", "ARRAY['pending']"},
    {"import_events_once", "", "statuses", "ARRAY['pending']"},
    {"", "", "after_created_at", "'-infinity'"},
    {"", "", "after_id", sample::nil},
    {"", "", "event_id", "(SELECT id FROM message_events ORDER BY created_at DESC LIMIT 1)"},
    {"create_event_once", "", "platform_message_id", "'another'"},
    {"", "", "platform_message_id", "'m1'"},
    {"", "", "message_ids", "ARRAY['another']"},
    {"", "", "message_text", "'x'"},
    {"", "", "normalized_text", "'x'"},
    {"", "", "raw_payload", "NULL"},
    {"", "", "template_version", "NULL"},
    {"", "", "persona_variant", "NULL"},
    {"", "", "channels", "ARRAY['email']"},
    {"", "", "directions", "ARRAY['inbound']"},
    {"", "", "texts", "ARRAY['x']"},
    {"", "", "normalized_texts", "ARRAY['x']"},
    {"", "", "raw_payloads", "ARRAY[NULL::text]"},
    {"", "", "template_versions", "ARRAY[NULL::text]"},
    {"", "", "persona_variants", "ARRAY[NULL::text]"},
    {"", "", "mode", "'auto'"},
    {"", "", "max_auto_replies_per_day", "NULL"},
    {"", "", "min_confidence", "NULL"},
    {"", "", "suggested_reply", "'{}'"},
};

}  // namespace salesflow::events
