// The nine indexes that message_events has in the product that exists (contract 1.1): the rival of ours.
#pragma once

#include <array>
#include <string_view>

namespace salesflow::bench {

inline constexpr std::array<std::string_view, 9> contract_indexes{
    "CREATE INDEX message_events_user_contact_idx ON message_events (user_id, contact_id)",
    "CREATE INDEX message_events_user_status_idx ON message_events (user_id, autopilot_status)",
    "CREATE INDEX message_events_created_at_idx ON message_events (created_at DESC)",
    "CREATE INDEX message_events_channel_idx ON message_events (channel)",
    "CREATE INDEX message_events_direction_idx ON message_events (user_id, direction)",
    "CREATE INDEX message_events_has_reply_idx ON message_events (user_id, autopilot_status) "
    "WHERE suggested_reply IS NOT NULL",
    "CREATE INDEX idx_message_events_template_version ON message_events (template_version) "
    "WHERE template_version IS NOT NULL",
    "CREATE INDEX idx_message_events_persona_variant ON message_events (persona_variant) "
    "WHERE persona_variant IS NOT NULL",
    "CREATE INDEX idx_message_events_experiment ON message_events (user_id, template_version, persona_variant) "
    "WHERE template_version IS NOT NULL"};

}  // namespace salesflow::bench
