// A row of every tenant table, for tests of the wall between tenants.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace salesflow::test {

/// One row per table, $1 user, $2 organisation. A tenant's rows have its organisation's id where they refer to each
/// other.
inline const std::map<std::string, std::string> samples{
    {"message_events",
     "(user_id, org_id, channel, direction, normalized_text) VALUES ($1, $2, 'email', 'inbound', 'x')"},
    {"autopilot_settings", "(user_id, mode) SELECT $1::uuid, 'off' WHERE $2 <> ''"},
    {"leads", "(user_id, id, name) VALUES ($1, $2, 'Eva')"},
    {"lead_verifications", "(user_id, lead_id) VALUES ($1, $2)"},
    {"lead_enrichments", "(user_id, lead_id) VALUES ($1, $2)"},
    {"lead_intents", "(user_id, lead_id) VALUES ($1, $2)"},
    {"contacts", "(org_id, id, created_by, name, lat, lng) VALUES ($2, $2, $1, 'Eva', 48.2, 16.37)"},
    {"lead_interactions", "(user_id, lead_id, interaction_type) VALUES ($1, $2, 'message_sent')"},
    {"followup_suggestions",
     "(user_id, lead_id, flow, suggested_message, due_at) VALUES ($1, $2, 'follow_up', 'x', now())"},
    {"deals", "(org_id, id, created_by, contact_id, title) VALUES ($2, $2, $1, $2, 'Deal')"},
    {"tasks", "(org_id, created_by, contact_id, deal_id, title, due_at) VALUES ($2, $1, $2, $2, 'Task', now())"},
    {"activities", "(org_id, user_id, contact_id, deal_id, type) VALUES ($2, $1, $2, $2, 'call')"},
    {"crm_notes", "(user_id, lead_id, content) VALUES ($1, $2, 'x')"},
    {"rlhf_feedback_sessions",
     "(user_id, org_id, context_hash, input_type, input_context, generated_response, generation_model) VALUES ($1, $2, "
     "'h', 'follow_up', '{}', 'r', 'm')"},
    {"dm_conversations", "(user_id, id, contact_id, platform) VALUES ($1, $2, $2, 'whatsapp')"},
    {"dm_messages", "(user_id, conversation_id, direction, content) VALUES ($1, $2, 'inbound', 'x')"},
    {"dm_sequence_templates", "(user_id, name) SELECT $1::uuid, 'Mine' WHERE $2 <> ''"},
    {"platform_connections", "(user_id, platform) SELECT $1::uuid, 'linkedin' WHERE $2 <> ''"},
    {"message_queue", "(user_id, lead_id, channel, message) VALUES ($1, $2, 'whatsapp', 'x')"},
    {"webhook_secrets", "(user_id, org_id, channel, sealed) VALUES ($1, $2, 'email', decode(repeat('00', 40), 'hex'))"},
    {"webhook_deliveries", "(user_id, digest, expires_at) SELECT $1::uuid, sha256(''), now() WHERE $2 <> ''"},
    {"message_event_ids", "(user_id, channel, message_id, event_id, created_at) VALUES ($1, 'email', 'm', $2, now())"},
    {"idempotency_keys", "(user_id, key, route, body_sha256) SELECT $1::uuid, 'k', '/x', sha256('') WHERE $2 <> ''"},
    {"import_jobs", "(user_id, id, kind, options) VALUES ($1, $2, 'leads', '{}')"},
    {"import_errors", "(user_id, job_id, line, field, reason, content) VALUES ($1, $2, 1, 'email', 'is bad', 'x')"},
};
/// Parents first.
inline const std::vector<std::string> order{"message_events",
                                            "autopilot_settings",
                                            "leads",
                                            "lead_verifications",
                                            "lead_enrichments",
                                            "lead_intents",
                                            "lead_interactions",
                                            "followup_suggestions",
                                            "contacts",
                                            "deals",
                                            "tasks",
                                            "activities",
                                            "crm_notes",
                                            "rlhf_feedback_sessions",
                                            "dm_conversations",
                                            "dm_messages",
                                            "dm_sequence_templates",
                                            "platform_connections",
                                            "message_queue",
                                            "webhook_secrets",
                                            "webhook_deliveries",
                                            "message_event_ids",
                                            "idempotency_keys",
                                            "import_jobs",
                                            "import_errors"};

}  // namespace salesflow::test
